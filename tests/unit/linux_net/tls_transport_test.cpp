// The control port: who may speak with whom, and what becomes of those who may not.

#include "platform/linux/net/tls_transport.h"

#include "tests/unit/linux_net/members.h"

using namespace es;
using namespace es::linux_net;
using namespace es::linux_net::test;

TEST_CASE("two members verify each other and exchange messages") {
  Loop loop;
  const Cluster cluster;
  const auto manager = cluster.member(NodeRole::kManager);
  const auto worker = cluster.member(NodeRole::kWorker);
  Port server(loop, manager), client(loop, worker);
  server.answer = [&](ConnectionId id, std::string_view payload) {
    CHECK(server.transport.send(id, "answer to " + std::string(payload)).ok());
  };
  const ConnectionId id = client.transport.dial(
      server.address, {.channel = Channel::kBulk, .node = manager.self().node});
  CHECK(client.transport.send(id, "hello").ok());  // before the handshake: it waits
  CHECK(client.transport.send(id, "").ok());
  REQUIRE(soon(loop, [&] { return client.messages.size() == 2; }));
  CHECK(client.messages[0].second == "answer to hello");
  CHECK(client.messages[1].second == "answer to ");
  REQUIRE(client.opened.size() == 1);
  CHECK(client.opened[0].peer->identity == manager.self());
  CHECK(client.opened[0].dialed);
  REQUIRE(server.opened.size() == 1);
  CHECK(server.opened[0].peer->identity == worker.self());
  CHECK(server.opened[0].channel == Channel::kBulk);
  CHECK_FALSE(server.opened[0].dialed);

  client.transport.close(id);
  REQUIRE(soon(loop, [&] { return server.closed.size() == 1 && client.closed.size() == 1; }));
  CHECK(client.closed[0].second.kind == CloseKind::kByUs);
  CHECK(server.closed[0].second.kind == CloseKind::kByPeer);
  CHECK_FALSE(server.closed[0].second.was_reset());
  CHECK(client.transport.send(id, "late").error().code == Errc::kUnavailable);
  CHECK(client.transport.connection_count() == 0);
  CHECK(server.transport.connection_count() == 0);
}

TEST_CASE("a certificate of another cluster is refused, on either side") {
  Loop loop;
  const Cluster cluster, other;
  Port server(loop, cluster.member(NodeRole::kManager)),
      stranger(loop, other.member(NodeRole::kManager));
  const ConnectionId id = stranger.transport.dial(server.address, {});
  REQUIRE(soon(loop, [&] {
    return stranger.closed.size() == 1 && server.transport.connection_count() == 0;
  }));
  CHECK(stranger.end_of(id).kind == CloseKind::kRefused);
  CHECK(stranger.opened.empty());
  CHECK(server.opened.empty());

  // One that trusts the server's authority as well and still shows a certificate of its own.
  crypto::PrivateKey key = crypto::PrivateKey::generate();
  crypto::OsRandom source;
  const auto certificate = other.authority.sign(
      key.make_request(), {cluster.id, NodeId::draw(source), NodeRole::kManager},
      {kFounded, kFounded + hours(1)});
  Port forger(loop, crypto::NodeIdentity::make(
                        *certificate, std::move(key),
                        {cluster.authority.certificate(), other.authority.certificate()})
                        .value());
  const ConnectionId forged = forger.transport.dial(server.address, {});
  REQUIRE(soon(
      loop, [&] { return forger.closed.size() == 1 && server.transport.connection_count() == 0; }));
  CHECK(forger.end_of(forged).kind == CloseKind::kRefused);
  CHECK(server.opened.empty());
  CHECK(server.transport.counters().refused >= 1);
  REQUIRE_FALSE(server.log.empty());
  CHECK(server.log.back().find("another cluster") != std::string::npos);
}

TEST_CASE("a node that is not the expected one is refused") {
  Loop loop;
  const Cluster cluster;
  Port server(loop, cluster.member()), client(loop, cluster.member());
  const ConnectionId id =
      client.transport.dial(server.address, {.node = client.transport.self()->node});
  REQUIRE(soon(loop, [&] { return client.closed.size() == 1; }));
  CHECK(client.end_of(id).kind == CloseKind::kRefused);
  CHECK(client.end_of(id).reason.find("was expected") != std::string::npos);
  CHECK(client.opened.empty());
}

TEST_CASE("a newcomer is anonymous, and finds its cluster by the digest alone") {
  Loop loop;
  const Cluster cluster, other;
  Port server(loop, cluster.member(NodeRole::kManager));
  Port newcomer(loop);
  const auto digest = cluster.authority.certificate().digest();
  const ConnectionId good = newcomer.transport.dial(server.address, {.authority = digest});
  CHECK(newcomer.transport.send(good, "may I join?").ok());
  REQUIRE(soon(loop, [&] { return server.messages.size() == 1; }));
  CHECK_FALSE(server.opened[0].peer.has_value());
  CHECK(newcomer.opened[0].peer->identity.role == NodeRole::kManager);

  const ConnectionId bad = newcomer.transport.dial(
      server.address, {.authority = other.authority.certificate().digest()});
  REQUIRE(soon(loop, [&] { return newcomer.closed.size() == 1; }));
  CHECK(newcomer.end_of(bad).kind == CloseKind::kRefused);
  CHECK(newcomer.end_of(bad).reason.find("join token") != std::string::npos);
  CHECK(newcomer.opened.size() == 1);

  // The digest of the node's certificate is not that of an authority.
  const ConnectionId none = newcomer.transport.dial(server.address, {});
  REQUIRE(soon(loop, [&] { return newcomer.closed.size() == 2; }));
  CHECK(newcomer.end_of(none).kind == CloseKind::kUnreachable);
}

TEST_CASE("the right authority beside a forged certificate does not help") {
  Loop loop;
  const Cluster cluster;
  // An authority of the same name with another key signs a certificate that is sent together with
  // the true authority's.
  const crypto::Authority forger = crypto::Authority::create(kFounded);
  crypto::PrivateKey key = crypto::PrivateKey::generate();
  crypto::OsRandom source;
  const auto certificate =
      forger.sign(key.make_request(), {cluster.id, NodeId::draw(source), NodeRole::kManager},
                  {kFounded, kFounded + hours(1)});
  const auto identity =
      crypto::NodeIdentity::make(*certificate, std::move(key), {forger.certificate()});
  REQUIRE(identity.ok());
  Port server(loop, *identity), newcomer(loop);
  const ConnectionId id = newcomer.transport.dial(
      server.address, {.authority = cluster.authority.certificate().digest()});
  REQUIRE(soon(loop, [&] { return newcomer.closed.size() == 1; }));
  CHECK(newcomer.end_of(id).kind == CloseKind::kRefused);
}

TEST_CASE("dates refuse nobody by themselves and reach the policy") {
  Loop loop;
  const Cluster cluster;
  const crypto::Validity past{crypto::to_wall_time({1999, 1, 1, 0, 0, 0}),
                              crypto::to_wall_time({1999, 4, 1, 0, 0, 0})};
  const crypto::Validity future{crypto::to_wall_time({2150, 1, 1, 0, 0, 0}),
                                crypto::to_wall_time({2150, 4, 1, 0, 0, 0})};
  Port server(loop, cluster.member(NodeRole::kManager, future)),
      client(loop, cluster.member(NodeRole::kWorker, past));
  client.transport.dial(server.address, {});
  REQUIRE(soon(loop, [&] { return server.opened.size() == 1 && client.opened.size() == 1; }));
  CHECK(server.opened[0].peer->validity == past);
  CHECK(client.opened[0].peer->validity == future);

  server.transport.set_admission([&](const VerifiedPeer& peer) {
    if (peer.validity.not_after >= kFounded) return Status();
    return Status(Error{Errc::kUnauthorized,
                        "the certificate of node " + peer.identity.node.to_string() + " ended"});
  });
  const ConnectionId id = client.transport.dial(server.address, {});
  REQUIRE(soon(loop, [&] { return client.closed.size() == 1; }));
  CHECK(client.end_of(id).kind == CloseKind::kRefused);
  CHECK(client.end_of(id).reason == "the peer refuses us: access denied (49)");
  CHECK(server.log.back().find("ended") != std::string::npos);
}

TEST_CASE("a new identity is shown by new connections") {
  Loop loop;
  const Cluster cluster;
  const auto worker = cluster.member(NodeRole::kWorker);
  Port server(loop, cluster.member(NodeRole::kManager)), client(loop, worker);
  client.transport.dial(server.address, {});
  REQUIRE(soon(loop, [&] { return server.opened.size() == 1; }));
  const PeerIdentity promoted{cluster.id, worker.self().node, NodeRole::kManager};
  REQUIRE(client.transport.set_identity(cluster.member(promoted, {kFounded, kFounded + hours(1)}))
              .ok());
  client.transport.dial(server.address, {});
  REQUIRE(soon(loop, [&] { return server.opened.size() == 2; }));
  CHECK(server.opened[0].peer->identity.role == NodeRole::kWorker);
  CHECK(server.opened[1].peer->identity == promoted);

  server.transport.disconnect(promoted.node);
  REQUIRE(soon(loop, [&] { return client.closed.size() == 2 && server.closed.size() == 2; }));
  CHECK(client.closed[0].second.kind == CloseKind::kByPeer);
}

TEST_CASE("frames of all sizes arrive whole and in order") {
  Loop loop;
  const Cluster cluster;
  Port server(loop, cluster.member()), client(loop, cluster.member());
  const ConnectionId id = client.transport.dial(server.address, {});
  std::vector<std::string> sent;
  for (const size_t size : {0, 1, 4090, 4091, 4092, 4096, 16'384, 65'536, 1 << 20, 7, 4 << 20}) {
    sent.push_back(crypto::random_bytes(size));
    REQUIRE(client.transport.send(id, sent.back()).ok());
  }
  for (int i = 0; i < 1000; ++i) {
    sent.push_back("small " + std::to_string(i));
    REQUIRE(client.transport.send(id, sent.back()).ok());
  }
  REQUIRE(soon(
      loop, [&] { return server.messages.size() == sent.size(); }, seconds(30)));
  for (size_t i = 0; i < sent.size(); ++i) CHECK(server.messages[i].second == sent[i]);
  CHECK(client.transport.send(id, std::string((4 << 20) + 1, 'x')).error().code == Errc::kLimit);
  CHECK(client.closed.empty());
}

TEST_CASE("a full queue says so, loses nothing that was taken, and says when there is room") {
  Loop loop;
  const Cluster cluster;
  TlsTransport::Limits limits;
  limits.connection.send_queue_bytes = 256 * 1024;
  Port server(loop, cluster.member()), client(loop, cluster.member(), limits);
  const ConnectionId id = client.transport.dial(server.address, {});
  size_t taken = 0;
  while (client.transport.send(id, std::string(10'000, 'x')).ok()) ++taken;
  CHECK(taken == 26);
  CHECK(client.transport.counters().sends_refused == 1);
  CHECK(client.transport.queued_bytes(id) == taken * 10'005);
  REQUIRE(soon(loop, [&] { return server.messages.size() == taken; }));
  CHECK(client.transport.queued_bytes(id) == 0);
  CHECK(client.transport.send(id, "again").ok());
  REQUIRE(soon(loop, [&] { return server.messages.size() == taken + 1; }));
}

TEST_CASE("a stranger may send small frames only, and stays a short time") {
  Loop loop;
  const Cluster cluster;
  TlsTransport::Limits limits;
  limits.connection.anonymous_life = milliseconds(200);
  limits.anonymous = 2;
  Port server(loop, cluster.member(NodeRole::kManager), limits), newcomer(loop);
  const DialOptions options{.authority = cluster.authority.certificate().digest()};
  const ConnectionId large = newcomer.transport.dial(server.address, options);
  CHECK(newcomer.transport.send(large, std::string(kAnonymousFrameMax + 1, 'x')).ok());
  REQUIRE(soon(loop, [&] { return newcomer.closed.size() == 1; }));
  CHECK(server.messages.empty());
  CHECK(server.transport.counters().protocol_errors == 1);

  newcomer.closed.clear();
  for (int i = 0; i < 3; ++i) newcomer.transport.dial(server.address, options);
  REQUIRE(soon(loop, [&] { return server.opened.size() == 4 && newcomer.closed.size() == 1; }));
  CHECK(newcomer.closed[0].first == large + 1);  // the oldest gave way
  REQUIRE(soon(loop, [&] { return newcomer.closed.size() == 3; }));  // their time is over
  CHECK(server.transport.connection_count() == 0);
}

TEST_CASE("strangers that say nothing do not keep out one that has something to say") {
  Loop loop;
  const Cluster cluster;
  TlsTransport::Limits limits;
  limits.anonymous = 8;
  limits.anonymous_per_origin = 4;
  Port server(loop, cluster.member(NodeRole::kManager), limits), crowd(loop), newcomer(loop);
  const DialOptions options{.authority = cluster.authority.certificate().digest()};
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) crowd.transport.dial(server.address, options);
    REQUIRE(soon(loop, [&] { return crowd.opened.size() == 20; }));
    CHECK(server.transport.connection_count() <= 5);  // one may not be reaped yet
    const ConnectionId id = newcomer.transport.dial(server.address, options);
    CHECK(newcomer.transport.send(id, "may I join?").ok());
    REQUIRE(soon(loop, [&] { return server.messages.size() == 1; }));
    // It has asked, so later ones that say nothing do not push it out before it has its answer.
    for (int i = 0; i < 10; ++i) crowd.transport.dial(server.address, options);
    REQUIRE(soon(loop, [&] { return crowd.opened.size() == 30; }));
    CHECK(server.transport.send(server.messages[0].first, "welcome").ok());
    server.transport.finish(server.messages[0].first);
    REQUIRE(soon(loop, [&] { return newcomer.messages.size() == 1; }));
    CHECK(newcomer.closed.empty());
    newcomer.transport.close(id);
    for (const Opened& one : crowd.opened) crowd.transport.close(one.id);
    REQUIRE(soon(loop, [&] { return server.transport.connection_count() == 0; }));
    server.messages.clear();
    newcomer.messages.clear();
    newcomer.closed.clear();
    crowd.opened.clear();
  }
}

TEST_CASE("a stranger asks soon, asks once, and goes when it has its answer") {
  Loop loop;
  const Cluster cluster;
  TlsTransport::Limits limits;
  limits.connection.anonymous_silence = milliseconds(100);
  limits.connection.farewell = milliseconds(100);
  Port server(loop, cluster.member(NodeRole::kManager), limits), newcomer(loop);
  const DialOptions options{.authority = cluster.authority.certificate().digest()};
  newcomer.transport.dial(server.address, options);
  REQUIRE(soon(loop, [&] { return newcomer.closed.size() == 1; }));  // said nothing

  const ConnectionId asks = newcomer.transport.dial(server.address, options);
  CHECK(newcomer.transport.send(asks, "may I join?").ok());
  REQUIRE(soon(loop, [&] { return server.messages.size() == 1; }));
  const Instant asked = loop.now();
  CHECK_FALSE(soon(loop, [&] { return newcomer.closed.size() == 2; }, milliseconds(300)));  // its answer takes its time
  CHECK(server.transport.send(server.messages[0].first, "no").ok());
  server.transport.finish(server.messages[0].first);
  REQUIRE(soon(loop, [&] { return newcomer.messages.size() == 1 && newcomer.closed.size() == 2; }));
  CHECK(loop.now() - asked < seconds(5));

  const ConnectionId twice = newcomer.transport.dial(server.address, options);
  CHECK(newcomer.transport.send(twice, "may I join?").ok());
  CHECK(newcomer.transport.send(twice, "and what about now?").ok());
  REQUIRE(soon(loop, [&] { return newcomer.closed.size() == 3; }));
  CHECK(server.messages.size() == 2);
  CHECK(server.transport.connection_count() == 0);
}

TEST_CASE("a dial that nobody answers ends with a reason") {
  Loop loop;
  const Cluster cluster;
  Port client(loop, cluster.member());
  SocketAddress nobody;
  {
    Port gone(loop, cluster.member());
    nobody = gone.address;
  }
  const ConnectionId refused = client.transport.dial(nobody, {});
  const ConnectionId name = client.transport.dial({"board-7.local", 2377}, {});
  CHECK(client.closed.empty());  // never from inside a call
  REQUIRE(soon(loop, [&] { return client.closed.size() == 2; }));
  CHECK(client.end_of(refused).kind == CloseKind::kUnreachable);
  CHECK(client.end_of(refused).was_reset());
  CHECK(client.end_of(name).reason.find("numeric") != std::string::npos);
}

TEST_CASE("too many dials at once are refused, not lost") {
  Loop loop;
  const Cluster cluster;
  TlsTransport::Limits limits;
  limits.handshakes_dialed = 4;
  Port server(loop, cluster.member()), client(loop, cluster.member(), limits);
  for (int i = 0; i < 6; ++i) client.transport.dial(server.address, {});
  REQUIRE(soon(loop, [&] { return client.opened.size() == 4 && client.closed.size() == 2; }));
  CHECK(client.closed[0].second.reason == "there are too many dials under way");
}

TEST_CASE("as many handshakes at once as the bounds allow") {
  Loop loop;
  const Cluster cluster;
  Port server(loop, cluster.member()), client(loop, cluster.member());
  for (int i = 0; i < 24; ++i) client.transport.dial(server.address, {});
  REQUIRE(soon(loop, [&] { return client.opened.size() == 24 && server.opened.size() == 24; }));
  CHECK(client.closed.empty());
}

TEST_CASE("a port that is taken is said so") {
  Loop loop;
  const Cluster cluster;
  Port first(loop, cluster.member()), second(loop, cluster.member());
  const auto again = second.transport.listen(first.address);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().message.find("address already in use") != std::string::npos);
  CHECK_FALSE(second.transport.listen({"not-an-ip", 1}).ok());
}
