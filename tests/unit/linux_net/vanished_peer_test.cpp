// A board whose plug is pulled sends no goodbye: with traffic towards it, that is noticed within
// seconds.

#include <cstdio>

#include "tests/unit/linux_net/boards.h"
#include "tests/unit/linux_net/members.h"

using namespace es;
using namespace es::linux_net;
using namespace es::linux_net::test;

namespace {

int serve(const crypto::NodeIdentity& identity, const std::function<void()>& say) {
  Loop loop;
  TlsTransport transport(loop, {},
                         {[](const Opened&) {}, [](ConnectionId, std::string_view) {},
                          [](ConnectionId) {}, [](ConnectionId, const Closed&) {}},
                         nullptr);
  if (!transport.set_identity(identity).ok() || !transport.listen({"10.77.0.1", 2377}).ok())
    return 97;
  say();
  loop.run_until(loop.now() + seconds(25), [] { return false; });
  return 0;
}

// 0: the loss was noticed in time.
int talk(const crypto::NodeIdentity& identity, const std::function<void()>& say) {
  Loop loop;
  bool lost = false;
  Instant opened_at = kNever;
  TlsTransport transport(
      loop, {},
      {.on_open =
           [&](const Opened&) {
             opened_at = loop.now();
             say();
           },
       .on_message = [](ConnectionId, std::string_view) {},
       .on_drained = [](ConnectionId) {},
       .on_closed = [&](ConnectionId, const Closed& why) { lost = why.kind == CloseKind::kLost; }},
      nullptr);
  if (!transport.set_identity(identity).ok()) return 96;
  const ConnectionId id = transport.dial({"10.77.0.1", 2377}, {});
  Timer heartbeat(loop, [&] {
    (void)transport.send(id, "heartbeat");
    heartbeat.after(milliseconds(100));
  });
  heartbeat.after(milliseconds(0));
  if (!loop.run_until(loop.now() + seconds(15), [&] { return lost; })) return 1;
  std::printf("a vanished peer was noticed %.1f s after the connection opened\n",
              static_cast<double>((loop.now() - opened_at).ns) / 1e9);
  std::fflush(stdout);
  // 3 s after the last packet on a machine that has time for it; the rest is for one that has not. Without
  // TCP_USER_TIMEOUT it would be a quarter of an hour.
  return loop.now() - opened_at < seconds(14) ? 0 : 2;
}

}  // namespace

TEST_CASE("a peer that vanishes is noticed within seconds") {
  if (!can_make_boards()) return;
  const Cluster cluster;
  const auto server_identity = cluster.member(), client_identity = cluster.member();
  Board server([&](const auto& say) { return serve(server_identity, say); });
  Board client([&](const auto& say) { return talk(client_identity, say); });
  if (!server.namespaced() || !connect(server, client)) return;
  server.go();
  REQUIRE(server.said());
  client.go();
  REQUIRE(client.said());
  REQUIRE(server.ip("addr del 10.77.0.1/24 dev es-lan"));  // silence, not a refusal
  CHECK(client.result() == 0);
}
