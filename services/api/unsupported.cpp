// Resources of Docker's API that edgeswarm does not have (yet): one sentence instead of "page not found". What can only be empty is
// listed as empty, so that clients which look there first go on.

#include "services/api/routes.h"

namespace es::api {

namespace {

void reply_empty_list(const CallPtr& call) { call->reply(Json::array()); }
void reply_no_volumes(const CallPtr& call) { call->reply({{"Volumes", Json::array()}, {"Warnings", nullptr}}); }

void refuse(const CallPtr& call, const std::string& sentence) { call->fail({Errc::kUnsupported, sentence}); }

void refuse_containers(const CallPtr& call) {
  refuse(call, "containers are made by services here; look at them with `docker service ps` and `docker node ps`");
}
void refuse_exec(const CallPtr& call) { refuse(call, "commands inside of containers are not supported yet"); }
void refuse_secrets(const CallPtr& call) { refuse(call, "secrets are not supported yet"); }
void refuse_configs(const CallPtr& call) { refuse(call, "configs are not supported yet"); }
void refuse_volumes(const CallPtr& call) { refuse(call, "volumes are not supported yet; use a mount of type bind or tmpfs"); }
void refuse_builds(const CallPtr& call) { refuse(call, "images are not built here; build elsewhere and load the image"); }
void refuse_plugins(const CallPtr& call) { refuse(call, "plugins are not supported"); }
void refuse_disk_usage(const CallPtr& call) { refuse(call, "disk usage is not reported yet"); }

constexpr std::array kUnsupportedRoutes{
    Route{"GET", "/secrets", Access::kFresh, reply_empty_list},
    Route{"GET", "/configs", Access::kFresh, reply_empty_list},
    Route{"GET", "/volumes", Access::kAnyone, reply_no_volumes},
    Route{"GET", "/plugins", Access::kAnyone, reply_empty_list},
    Route{"POST", "/secrets/{...}", Access::kManager, refuse_secrets},
    Route{"POST", "/configs/{...}", Access::kManager, refuse_configs},
    Route{"POST", "/volumes/{...}", Access::kAnyone, refuse_volumes},
    Route{"POST", "/plugins/{...}", Access::kAnyone, refuse_plugins},
    Route{"GET", "/containers/{...}", Access::kAnyone, refuse_containers},
    Route{"POST", "/containers/{}/exec", Access::kAnyone, refuse_exec},
    Route{"POST", "/containers/{...}", Access::kAnyone, refuse_containers},
    Route{"DELETE", "/containers/{...}", Access::kAnyone, refuse_containers},
    Route{"POST", "/build", Access::kAnyone, refuse_builds},
    Route{"GET", "/system/df", Access::kAnyone, refuse_disk_usage},
};

}  // namespace

std::span<const Route> unsupported_routes() { return kUnsupportedRoutes; }

}  // namespace es::api
