#include "services/api/docker_api.h"

#include <exception>

#include "services/api/access.h"
#include "services/api/image_upload.h"
#include "services/api/routes.h"

namespace es::api {

namespace {

const std::vector<Route>& all_routes() {
  static const std::vector<Route> kRoutes = [] {
    std::vector<Route> routes;
    for (const auto part : {system_routes(), swarm_routes(), node_routes(), service_routes(), task_routes(),
                            log_routes(), event_routes(), network_routes(), image_routes(), edgeswarm_routes(),
                            unsupported_routes()}) {
      routes.insert(routes.end(), part.begin(), part.end());
    }
    return routes;
  }();
  return kRoutes;
}

// The one place where an exception of a library ends: a request must not bring the daemon down.
void run(const Route& route, const CallPtr& call) {
  try {
    route.handle(call);
  } catch (const std::exception& error) {
    if (call->responder.started()) return call->responder.finish();
    call->fail({Errc::kIo, std::string("internal error: ") + error.what()});
  }
}

void admit(const Route& route, const CallPtr& call) {
  if (route.access == Access::kAnyone) return run(route, call);
  if (const Status manager = check_manager(call->control.status()); !manager.ok()) return call->fail(manager.error());
  if (route.access == Access::kManager) return run(route, call);
  call->control.barrier(Call::then<void>(call, [&route, call] {
    // The node may have been demoted while it waited.
    if (call->control.tables() == nullptr) return call->fail(check_manager({}).error());
    run(route, call);
  }));
}

}  // namespace

http::Headers DockerApi::common_headers(const ClusterControl& control) {
  return {{"Server", "edgeswarm/" + control.facts().version + " (linux)"},
          {"Api-Version", std::string(kApiVersion)},
          {"Docker-Experimental", "false"},
          {"Ostype", "linux"}};
}

std::unique_ptr<http::BodySink> DockerApi::stream(const http::Request& head, const http::Responder& responder) {
  const auto path = without_version(head.target.path);
  if (!path.ok() || !is_image_upload(head.method, *path)) return nullptr;
  return make_image_upload(control_, responder);
}

void DockerApi::handle(http::Request request, http::Responder responder) {
  const auto call = std::make_shared<Call>(control_, history_, std::move(request), std::move(responder));
  const auto path = without_version(call->request.target.path);
  if (!path.ok()) return call->fail(path.error());
  auto found = find_route(all_routes(), call->request.method, *path);
  if (!found.ok()) return call->fail(found.error());
  call->arguments = std::move(found->arguments);
  admit(*found->route, call);
}

}  // namespace es::api
