// Not a test: a server over the fake cluster to try clients on. unit_api -ns -tc=serve, with ES_API_SOCKET=/tmp/x.sock.

#include <uv.h>

#include <cstdlib>

#include "doctest/doctest.h"
#include "services/api/docker_api.h"
#include "services/http/server.h"
#include "tests/unit/api/fake_cluster.h"

namespace es::api {
namespace {

TEST_CASE("serve" * doctest::skip()) {
  const char* path = std::getenv("ES_API_SOCKET");
  REQUIRE(path != nullptr);
  FakeCluster cluster;
  DockerApi api(cluster);
  http::ServerOptions options;
  options.path = path;
  options.common_headers = DockerApi::common_headers(cluster);
  auto server = http::Server::open(uv_default_loop(), std::move(options), api);
  REQUIRE_MESSAGE(server.ok(), server.error().message);
  uv_timer_t timer{};
  timer.data = &cluster;
  uv_timer_init(uv_default_loop(), &timer);
  uv_timer_start(&timer, [](uv_timer_t* self) { static_cast<FakeCluster*>(self->data)->tick(); }, 1, 20);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

}  // namespace
}  // namespace es::api
