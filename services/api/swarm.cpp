// /swarm

#include "core/orchestrator/validate.h"
#include "services/api/documents.h"
#include "services/api/routes.h"
#include "services/api/shapes.h"
#include "services/api/views.h"

namespace es::api {

namespace {

constexpr size_t kSecretBytes = 16;

struct InitForm {
  std::string listen_address;
  std::string advertise_address;
  bool force_new_cluster = false;
  ClusterSpec spec;
  NodeAvailability availability = NodeAvailability::kActive;
  static constexpr auto fields() {
    using I = InitForm;
    return std::tuple{field(1, "ListenAddr", &I::listen_address), field(2, "AdvertiseAddr", &I::advertise_address),
                      field(3, "ForceNewCluster", &I::force_new_cluster), field(4, "Availability", &I::availability)};
  }
  bool operator==(const InitForm&) const = default;
};

struct JoinForm {
  std::string listen_address;
  std::string advertise_address;
  std::vector<std::string> remote_addresses;
  std::string token;
  NodeAvailability availability = NodeAvailability::kActive;
  static constexpr auto fields() {
    using J = JoinForm;
    return std::tuple{field(1, "ListenAddr", &J::listen_address), field(2, "AdvertiseAddr", &J::advertise_address),
                      field(3, "RemoteAddrs", &J::remote_addresses), field(4, "JoinToken", &J::token),
                      field(5, "Availability", &J::availability)};
  }
  bool operator==(const JoinForm&) const = default;
};

}  // namespace
}  // namespace es::api

namespace es::json {

template <>
struct Shape<api::InitForm> {
  // The spec is read by itself; a subnet size without pools means nothing.
  static constexpr std::array<std::string_view, 2> kIgnored{"Spec", "SubnetSize"};
  static constexpr std::array kRefused{
      Refused{"DataPathAddr", "overlay networks are not supported yet"},
      Refused{"DataPathPort", "overlay networks are not supported yet"},
      Refused{"DefaultAddrPool", "overlay networks are not supported yet"},
      Refused{"AutoLockManagers", "autolock is not supported yet"}};
};

template <>
struct Shape<api::JoinForm> {
  static constexpr std::array kRefused{Refused{"DataPathAddr", "overlay networks are not supported yet"}};
};

}  // namespace es::json

namespace es::api {

namespace {

using orchestrator::CommandAnswer;

Error already_in_swarm() {
  return unavailable(
      "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one.");
}

bool is_in_swarm(const CallPtr& call) { return call->control.status().state != SwarmState::kInactive; }

Result<InitOptions> read_init(const Json& body) {
  InitForm form;
  ES_CHECK(json::read(body, form));
  InitOptions options{form.listen_address, form.advertise_address, form.force_new_cluster, {}, form.availability};
  if (body.contains("Spec")) {
    ES_TRY(options.spec, read_cluster_spec(body["Spec"]));
    ES_CHECK(orchestrator::validate(options.spec));
  }
  return options;
}

void init_swarm(const CallPtr& call) {
  ES_REPLY_TRY(const Json body, call, call->body());
  ES_REPLY_TRY(InitOptions options, call, read_init(body));
  if (is_in_swarm(call) && !options.force_new_cluster) return call->fail(already_in_swarm());
  call->control.init(std::move(options), Call::then<NodeId>(call, [call](NodeId id) { call->reply(id.to_string()); }));
}

void join_swarm(const CallPtr& call) {
  ES_REPLY_TRY(const Json body, call, call->body());
  JoinForm form;
  const Status read = json::read(body, form);
  if (!read.ok()) return call->fail(read.error());
  if (is_in_swarm(call)) return call->fail(already_in_swarm());
  call->control.join({form.listen_address, form.advertise_address, form.remote_addresses, form.token, form.availability},
                     Call::then<void>(call, [call] { call->reply_empty(); }));
}

// Why a manager should not leave without force, in Swarm's words.
Error why_manager_stays(const CallPtr& call) {
  std::string message = "You are attempting to leave the swarm on a node that is participating as a manager. ";
  const state::Tables* tables = call->control.tables();
  size_t managers = 0;
  size_t reachable = 0;
  if (tables != nullptr) {
    for (const auto& [id, node] : tables->rows<Node>()) {
      if (!node->manager) continue;
      ++managers;
      if (call->control.is_reachable(id)) ++reachable;
    }
  }
  if (managers == 1) {
    return unavailable(message + "Removing the last manager erases all current state of the swarm. Use `--force` to "
                                 "ignore this message. ");
  }
  const size_t quorum_after = (managers - 1) / 2 + 1;
  if (managers > 1 && reachable - 1 < quorum_after) {
    message += "Removing this node leaves " + std::to_string(reachable - 1) + " managers out of " +
               std::to_string(managers) + ". Without a Raft quorum your swarm will be inaccessible. ";
  } else if (managers == 0) {
    message += "Doing so may lose the consensus of your cluster. ";
  }
  return unavailable(message + "The only way to restore a swarm that has lost consensus is to reinitialize it with "
                               "`--force-new-cluster`. Use `--force` to suppress this message.");
}

void leave_swarm(const CallPtr& call) {
  if (!is_in_swarm(call)) return call->fail(unavailable("This node is not part of a swarm"));
  const bool force = call->flag("force");
  if (call->control.status().is_manager && !force) return call->fail(why_manager_stays(call));
  call->control.leave(force, Call::then<void>(call, [call] { call->reply_empty(); }));
}

void inspect_swarm(const CallPtr& call) {
  const auto cluster = call->control.tables()->cluster();
  if (!cluster) return call->fail(not_found("no such cluster"));
  Json out = cluster_document(*cluster, tls_info(call->control));
  out["JoinTokens"] = Json{{"Worker", call->control.join_token(NodeRole::kWorker)},
                           {"Manager", call->control.join_token(NodeRole::kManager)}};
  call->reply(out);
}

void update_swarm(const CallPtr& call) {
  ES_REPLY_TRY(const Version version, call, call->version("swarm"));
  ES_REPLY_TRY(const Json body, call, call->body());
  ES_REPLY_TRY(ClusterSpec spec, call, read_cluster_spec(body));
  if (call->flag("rotateManagerUnlockKey")) {
    return call->fail({Errc::kUnsupported, "autolock is not supported yet, so there is no unlock key"});
  }
  JoinSecrets fresh;
  if (call->flag("rotateWorkerToken")) fresh.worker = call->control.random_bytes(kSecretBytes);
  if (call->flag("rotateManagerToken")) fresh.manager = call->control.random_bytes(kSecretBytes);
  call->control.submit(orchestrator::UpdateCluster{version, std::move(spec), std::move(fresh)},
                       Call::then<CommandAnswer>(call, [call](const CommandAnswer&) { call->reply_empty(); }));
}

// Autolock does not exist, so no swarm is locked.
void show_unlock_key(const CallPtr& call) { call->reply({{"UnlockKey", ""}}); }
void unlock_swarm(const CallPtr& call) { call->fail({Errc::kConflict, "swarm is not locked"}); }

constexpr std::array kSwarmRoutes{
    Route{"POST", "/swarm/init", Access::kAnyone, init_swarm},
    Route{"POST", "/swarm/join", Access::kAnyone, join_swarm},
    Route{"POST", "/swarm/leave", Access::kAnyone, leave_swarm},
    Route{"GET", "/swarm", Access::kFresh, inspect_swarm},
    Route{"POST", "/swarm/update", Access::kManager, update_swarm},
    Route{"GET", "/swarm/unlockkey", Access::kManager, show_unlock_key},
    Route{"POST", "/swarm/unlock", Access::kAnyone, unlock_swarm},
};

}  // namespace

std::span<const Route> swarm_routes() { return kSwarmRoutes; }

}  // namespace es::api
