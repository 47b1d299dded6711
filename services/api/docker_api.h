#pragma once
// DockerApi: the Docker Engine API (and /edgeswarm/v1) as a handler for the HTTP server.

#include "services/api/cluster_control.h"
#include "services/api/event_history.h"
#include "services/http/handler.h"

namespace es::api {

class DockerApi : public http::Handler {
 public:
  // `control` outlives the handler, and the handler every answer.
  explicit DockerApi(ClusterControl& control) : control_(control), history_(control) {}

  std::unique_ptr<http::BodySink> stream(const http::Request& head, const http::Responder& responder) override;
  void handle(http::Request request, http::Responder responder) override;

  // What every answer of the server says (http::ServerOptions::common_headers).
  static http::Headers common_headers(const ClusterControl& control);

 private:
  ClusterControl& control_;
  EventHistory history_;
};

}  // namespace es::api
