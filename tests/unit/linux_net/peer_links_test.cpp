// Links between nodes: one connection when two would do, a new one after a restart, quick answers
// about nodes that are away.

#include "platform/linux/net/peer_links.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "tests/unit/linux_net/members.h"

using namespace es;
using namespace es::linux_net;
using namespace es::linux_net::test;

namespace {

struct Member {
  struct Message {
    NodeId from;
    Channel channel;
    std::string payload;
  };
  std::vector<Message> messages;
  std::vector<std::pair<NodeId, Channel>> up, down, drained;
  std::vector<std::pair<NodeId, SocketAddress>> met;
  std::vector<Closed> ends;
  std::vector<std::string> log;
  NodeId id;
  PeerLinks links;
  SocketAddress address;

  Member(Loop& loop, const crypto::NodeIdentity& identity, PeerLinks::Limits limits = {},
         uint16_t port = 0)
      : id(identity.self().node),
        links(loop, limits,
              {.on_message =
                   [this](const VerifiedPeer& peer, Channel channel, std::string_view payload) {
                     messages.push_back({peer.identity.node, channel, std::string(payload)});
                   },
               .on_up = [this](NodeId node, Channel channel) { up.emplace_back(node, channel); },
               .on_down =
                   [this](NodeId node, Channel channel, const Closed& why) {
                     down.emplace_back(node, channel);
                     ends.push_back(why);
                   },
               .on_drained = [this](NodeId node,
                                    Channel channel) { drained.emplace_back(node, channel); },
               .on_met =
                   [this](const VerifiedPeer& peer, const SocketAddress& where) {
                     met.emplace_back(peer.identity.node, where);
                   },
               .on_stranger =
                   [this](ConnectionId stranger, const SocketAddress&, std::string_view payload) {
                     CHECK(links.reply(stranger, "you said " + std::string(payload)).ok());
                   }},
              [this](LogLevel, std::string_view line) { log.emplace_back(line); }) {
    REQUIRE(links.set_identity(identity).ok());
    const auto bound = links.listen({"127.0.0.1", port});
    REQUIRE(bound.ok());
    address = *bound;
  }
};

PeerLinks::Limits impatient() {
  PeerLinks::Limits limits;
  limits.backoff_min = milliseconds(20);
  limits.backoff_max = milliseconds(100);
  limits.spare = milliseconds(100);
  return limits;
}

}  // namespace

TEST_CASE("a link is dialled once, used both ways, and apart for each channel") {
  Loop loop;
  const Cluster cluster;
  Member a(loop, cluster.member()), b(loop, cluster.member());
  CHECK(b.links.send(a.id, {}, "nowhere").error().code == Errc::kUnavailable);
  for (int i = 0; i < 100; ++i) REQUIRE(a.links.send(b.id, b.address, std::to_string(i)).ok());
  REQUIRE(a.links.send(b.id, {}, "snapshot", Channel::kBulk).error().message.find("no address") !=
          std::string::npos);
  REQUIRE(a.links.send(b.id, b.address, "snapshot", Channel::kBulk).ok());
  REQUIRE(soon(loop, [&] { return b.messages.size() == 101; }));
  int next = 0;
  for (const auto& message : b.messages) {
    CHECK(message.from == a.id);
    if (message.channel == Channel::kControl) CHECK(message.payload == std::to_string(next++));
  }
  REQUIRE(b.links.send(a.id, {}, "back on the same connection").ok());
  REQUIRE(soon(loop, [&] { return a.messages.size() == 1; }));
  CHECK(a.links.connection_count() == 2);
  CHECK(b.links.counters().dialed == 0);
  CHECK(b.up.size() == 2);
  CHECK(a.links.connected(b.id));
  CHECK(a.links.connected(b.id, Channel::kBulk));
}

TEST_CASE("a node that moved is met where it is, although a dial to where it was still waits for an answer") {
  Loop loop;
  const Cluster cluster;
  const Cluster other;
  Member a(loop, cluster.member()), b(loop, cluster.member()), stranger(loop, other.member());
  // Somebody else has its old address: it takes the connection and says nothing.
  const int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(bind(silent, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(silent, 4) == 0);
  socklen_t size = sizeof address;
  REQUIRE(getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  REQUIRE(a.links.send(b.id, {"127.0.0.1", ntohs(address.sin_port)}, "in vain").ok());

  a.links.meet(stranger.address);  // of another cluster: nobody to meet
  a.links.meet(a.address);         // itself
  a.links.meet(b.address);
  REQUIRE(soon(loop, [&] { return !a.met.empty(); }, seconds(3)));
  CHECK(a.met == std::vector{std::pair(b.id, b.address)});
  REQUIRE(a.links.send(b.id, {}, "here you are").ok());
  REQUIRE(soon(loop, [&] { return b.messages.size() == 1; }, seconds(3)));
  CHECK(b.messages[0].payload == "here you are");
  CHECK(a.down.empty());
  loop.run_until(loop.now() + milliseconds(200), [] { return false; });
  CHECK(a.met.size() == 1);
  close(silent);
}

TEST_CASE("a copy of this node is spoken to like any other node, and its end is nobody's loss") {
  Loop loop;
  const Cluster cluster;
  const auto identity = cluster.member();
  Member original(loop, identity, impatient());
  auto copy = std::make_unique<Member>(loop, identity, impatient());
  REQUIRE(original.links.send(copy->id, copy->address, "who are you?").ok());
  REQUIRE(soon(loop, [&] { return copy->messages.size() == 1; }));
  copy->links.send_everywhere(original.id, {}, "you");
  REQUIRE(soon(loop, [&] { return original.messages.size() == 1; }));
  CHECK(original.messages[0].payload == "you");
  copy.reset();
  REQUIRE(soon(loop, [&] { return original.links.connection_count() == 0; }));
  CHECK(original.down.empty());
}

TEST_CASE("two that dial each other at once end up with one connection, and lose nothing") {
  for (int round = 0; round < 5; ++round) {
    Loop loop;
    const Cluster cluster;
    Member a(loop, cluster.member(), impatient()), b(loop, cluster.member(), impatient());
    REQUIRE(a.links.send(b.id, b.address, "from a").ok());
    REQUIRE(b.links.send(a.id, a.address, "from b").ok());
    REQUIRE(soon(loop, [&] { return a.messages.size() == 1 && b.messages.size() == 1; }));
    REQUIRE(soon(
        loop, [&] { return a.links.connection_count() == 2 && b.links.connection_count() == 2; }));
    size_t sent = 1;
    Timer talk(loop, [&] {  // both go on talking, with pauses that are long enough to move
      REQUIRE(a.links.send(b.id, {}, "more").ok());
      REQUIRE(b.links.send(a.id, {}, "more").ok());
      ++sent;
      talk.after(milliseconds(30));
    });
    talk.after(milliseconds(0));
    REQUIRE(soon(
        loop, [&] { return a.links.connection_count() == 1 && b.links.connection_count() == 1; }));
    talk.cancel();
    REQUIRE(soon(loop, [&] { return a.messages.size() == sent && b.messages.size() == sent; }));
    CHECK(a.down.empty());
    CHECK(b.down.empty());
    // Both kept the one that the lower id had dialled.
    const auto& lower = a.id < b.id ? a : b;
    CHECK(lower.links.counters().opened == 2);
  }
}

TEST_CASE("a node that is away: quick answers, growing pauses, and back when it returns") {
  Loop loop;
  const Cluster cluster;
  const auto identity = cluster.member();
  Member a(loop, cluster.member(), impatient());
  auto b = std::make_unique<Member>(loop, identity, impatient());
  const SocketAddress address = b->address;
  const NodeId id = b->id;
  REQUIRE(a.links.send(id, address, "one").ok());
  REQUIRE(soon(loop, [&] { return b->messages.size() == 1; }));

  b.reset();  // as killed: no goodbye
  REQUIRE(soon(loop, [&] { return a.down.size() == 1; }));
  CHECK(a.ends[0].was_reset());
  CHECK_FALSE(a.links.connected(id));
  REQUIRE(a.links.send(id, {}, "lost").ok());  // queued for a dial
  REQUIRE(soon(loop, [&] { return a.down.size() == 2; }));
  CHECK(a.ends[1].kind == CloseKind::kUnreachable);
  const Status refused = a.links.send(id, {}, "in the pause");
  CHECK(refused.error().code == Errc::kUnavailable);
  CHECK(refused.error().message.find("could not be reached") != std::string::npos);
  const uint64_t dialed = a.links.counters().dialed;
  for (int i = 0; i < 50; ++i) CHECK_FALSE(a.links.send(id, {}, "in the pause").ok());
  CHECK(a.links.counters().dialed == dialed);

  Member again(loop, identity, impatient(), address.port);
  Timer tick(loop, [] {});
  REQUIRE(soon(loop, [&] {
    tick.after(milliseconds(10));
    (void)a.links.send(id, {}, "two");
    return !again.messages.empty();
  }));
  CHECK(again.messages[0].payload == "two");
  CHECK(a.links.connected(id));
}

TEST_CASE("who dials again is spoken to on the new connection, and the older one goes when it says nothing") {
  Loop loop;
  const Cluster cluster;
  const auto identity = cluster.member();
  Member a(loop, cluster.member(), impatient());
  Port b(loop, identity);
  const NodeId id = identity.self().node;
  const DialOptions options{.node = a.id};
  const ConnectionId first = b.transport.dial(a.address, options);
  CHECK(b.transport.send(first, "one").ok());
  REQUIRE(soon(loop, [&] { return a.messages.size() == 1; }));
  REQUIRE(a.links.send(id, {}, "to the first").ok());
  REQUIRE(soon(loop, [&] { return b.messages.size() == 1; }));
  const ConnectionId second = b.transport.dial(a.address, options);
  REQUIRE(soon(loop, [&] { return a.links.counters().opened == 2; }));
  REQUIRE(a.links.send(id, {}, "to the second").ok());
  REQUIRE(soon(loop, [&] { return b.messages.size() == 2; }));
  CHECK(b.messages[1].first == second);
  REQUIRE(soon(loop, [&] { return b.closed.size() == 1; }));
  CHECK(b.closed[0].first == first);
  CHECK(a.down.empty());
}

TEST_CASE("two boards of one identity that dial are both heard; of many connections two stay") {
  Loop loop;
  const Cluster cluster;
  const auto identity = cluster.member();
  Member a(loop, cluster.member());
  Port original(loop, identity), copy(loop, identity);
  const DialOptions options{.node = a.id};
  const ConnectionId first = original.transport.dial(a.address, options);
  CHECK(original.transport.send(first, "one").ok());
  REQUIRE(soon(loop, [&] { return a.messages.size() == 1; }));
  CHECK(copy.transport.send(copy.transport.dial(a.address, options), "two").ok());
  REQUIRE(soon(loop, [&] { return a.messages.size() == 2; }));
  CHECK(original.transport.send(first, "still here").ok());
  REQUIRE(soon(loop, [&] { return a.messages.size() == 3; }));
  a.links.send_everywhere(identity.self().node, {}, "who are you?");
  REQUIRE(soon(loop, [&] { return original.messages.size() == 1 && copy.messages.size() == 1; }));
  for (int i = 0; i < 5; ++i) static_cast<void>(copy.transport.dial(a.address, options));
  REQUIRE(soon(loop, [&] { return a.links.counters().opened >= 7; }));
  REQUIRE(soon(loop, [&] { return a.links.connection_count() == 2; }));
  CHECK(a.down.empty());
}

TEST_CASE("a wrong node at the address, a removed node, a promoted node") {
  Loop loop;
  const Cluster cluster;
  const auto worker = cluster.member(NodeRole::kWorker);
  Member a(loop, worker, impatient()), b(loop, cluster.member(), impatient()),
      c(loop, cluster.member(), impatient());
  REQUIRE(a.links.send(c.id, b.address, "for c").ok());
  REQUIRE(soon(loop, [&] { return a.down.size() == 1; }));
  CHECK(a.ends[0].kind == CloseKind::kRefused);
  CHECK(b.messages.empty());

  REQUIRE(a.links.send(b.id, b.address, "for b").ok());
  REQUIRE(soon(loop, [&] { return b.messages.size() == 1; }));
  const PeerIdentity promoted{cluster.id, a.id, NodeRole::kManager};
  REQUIRE(a.links.set_identity(cluster.member(promoted, {kFounded, kFounded + hours(1)})).ok());
  REQUIRE(soon(loop, [&] { return b.down.size() == 1; }));
  REQUIRE(a.links.send(b.id, b.address, "as a manager").ok());
  REQUIRE(soon(loop, [&] { return b.messages.size() == 2; }));
  REQUIRE(a.links.set_identity(cluster.member(promoted, {kFounded, kFounded + hours(9)}))
              .ok());  // renewed
  REQUIRE(a.links.send(b.id, b.address, "on the same connection").ok());
  REQUIRE(soon(loop, [&] { return b.messages.size() == 3; }));
  CHECK(b.down.size() == 1);

  b.links.set_admission([&](const VerifiedPeer& peer) {
    return peer.identity.node == a.id ? Status(Error{Errc::kUnauthorized, "removed"}) : Status();
  });
  b.links.disconnect(a.id);
  REQUIRE(soon(loop, [&] { return !a.links.connected(b.id); }));
  REQUIRE(a.links.send(b.id, b.address, "may I?").ok());
  REQUIRE(soon(loop, [&] { return a.ends.back().kind == CloseKind::kRefused; }));
  CHECK(b.messages.size() == 3);
}

TEST_CASE("strangers are heard and answered") {
  Loop loop;
  const Cluster cluster;
  Member a(loop, cluster.member(NodeRole::kManager));
  Port newcomer(loop);
  const ConnectionId id =
      newcomer.transport.dial(a.address, {.authority = cluster.authority.certificate().digest()});
  CHECK(newcomer.transport.send(id, "join").ok());
  REQUIRE(soon(loop, [&] { return newcomer.messages.size() == 1; }));
  CHECK(newcomer.messages[0].second == "you said join");
  CHECK(a.up.empty());
}

TEST_CASE("idle links are closed, quietly") {
  Loop loop;
  const Cluster cluster;
  auto limits = impatient();
  limits.idle = milliseconds(50);
  Member a(loop, cluster.member(), limits), b(loop, cluster.member());
  REQUIRE(a.links.send(b.id, b.address, "one").ok());
  REQUIRE(soon(loop, [&] { return b.messages.size() == 1; }));
  REQUIRE(soon(loop, [&] { return b.down.size() == 1 && a.down.size() == 1; }));
  CHECK_FALSE(a.ends[0].was_reset());
  CHECK_FALSE(b.ends[0].was_reset());
  REQUIRE(a.links.send(b.id, b.address, "two").ok());
  REQUIRE(soon(loop, [&] { return b.messages.size() == 2; }));
}

TEST_CASE("the bound on links") {
  Loop loop;
  const Cluster cluster;
  auto limits = impatient();
  limits.links = 2;
  Member a(loop, cluster.member(), limits), b(loop, cluster.member()), c(loop, cluster.member());
  REQUIRE(a.links.send(b.id, b.address, "1").ok());
  REQUIRE(a.links.send(b.id, b.address, "2", Channel::kBulk).ok());
  CHECK(a.links.send(c.id, c.address, "3").error().code == Errc::kLimit);
}
