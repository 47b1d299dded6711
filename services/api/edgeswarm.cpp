// /edgeswarm/v1: what Docker has no word for; and /metrics.

#include "services/api/metrics_text.h"
#include "services/api/routes.h"
#include "services/api/shapes.h"

namespace es::api {

namespace {

struct JoinRequest {
  std::string token;
  std::vector<std::string> addresses;
  std::string advertise_address;
  std::string listen_address;
  NodeAvailability availability = NodeAvailability::kActive;
  static constexpr auto fields() {
    using J = JoinRequest;
    return std::tuple{field(1, "token", &J::token), field(2, "addresses", &J::addresses),
                      field(3, "advertise_address", &J::advertise_address),
                      field(4, "listen_address", &J::listen_address), field(5, "availability", &J::availability)};
  }
  bool operator==(const JoinRequest&) const = default;
};

// As /swarm/join, but the token is enough.
void join(const CallPtr& call) {
  ES_REPLY_TRY(const Json body, call, call->body());
  JoinRequest request;
  const Status read = json::read(body, request);
  if (!read.ok()) return call->fail(read.error());
  if (request.token.empty()) return call->fail(invalid("token: the join token is missing"));
  if (call->control.status().state != SwarmState::kInactive) {
    return call->fail(unavailable("this node is in a cluster already; leave it first with `edgeswarm leave`"));
  }
  call->control.join({request.listen_address, request.advertise_address, request.addresses, request.token,
                      request.availability},
                     Call::then<void>(call, [call] {
                       const LocalStatus status = call->control.status();
                       call->reply({{"node", status.node.to_string()}, {"manager", status.is_manager}});
                     }));
}

void show_metrics(const CallPtr& call) {
  call->responder.send({200, {{"Content-Type", "text/plain; version=0.0.4"}}, metrics_text(call->control.metrics())});
}

constexpr std::array kEdgeswarmRoutes{
    Route{"POST", "/edgeswarm/v1/join", Access::kAnyone, join},
    Route{"GET", "/metrics", Access::kAnyone, show_metrics},
};

}  // namespace

std::span<const Route> edgeswarm_routes() { return kEdgeswarmRoutes; }

}  // namespace es::api
