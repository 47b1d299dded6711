// Garbage, lies and silence on the control port: closed, counted, one line of log, and everybody
// else is served on.

#include <string>
#include <vector>

#include "core/wire/codec.h"
#include "platform/linux/net/frame.h"
#include "tests/unit/linux_net/members.h"
#include "tests/unit/linux_net/raw_peer.h"

using namespace es;
using namespace es::linux_net;
using namespace es::linux_net::test;

namespace {

std::string frame(FrameKind kind, std::string_view payload) {
  const auto header = frame_header(kind, payload.size());
  return std::string(header.begin(), header.end()) + std::string(payload);
}

std::string hello() { return frame(FrameKind::kHello, wire::encode(Hello{})); }

// A member can still connect and be heard.
void check_serves(Loop& loop, Port& server, const Cluster& cluster) {
  Port client(loop, cluster.member());
  const size_t before = server.messages.size();
  const ConnectionId id = client.transport.dial(server.address, {});
  CHECK(client.transport.send(id, "still there?").ok());
  CHECK(soon(loop, [&] { return server.messages.size() == before + 1; }));
}

// Raw sockets are not the loop's: this keeps it turning while a condition on them is awaited.
bool soon_polling(Loop& loop, const std::function<bool()>& condition) {
  Timer tick(loop, [] {});
  return soon(loop, [&] {
    tick.after(milliseconds(5));
    return condition();
  });
}

}  // namespace

TEST_CASE("bytes that are no TLS end the connection with one line") {
  Loop loop;
  const Cluster cluster;
  Port server(loop, cluster.member());
  const std::string inputs[] = {
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      std::string(5, '\0'),
      std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'A'),  // a record of 64 KiB
      std::string("\x16\x03\x01\x00\x04\x01\x00\x00\x00", 9),             // an empty ClientHello
      std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'),  // data before the handshake
      std::string("\x15\x03\x03\x00\x02\x02\x28", 7),                 // an alert
      crypto::random_bytes(100'000),
  };
  uint64_t errors = 0;
  for (const std::string& bytes : inputs) {
    CAPTURE(bytes.substr(0, 16));
    RawSocket stranger(server.address);
    REQUIRE(soon_polling(loop, [&] { return server.transport.connection_count() == 1; }));
    stranger.send(bytes);
    CHECK(soon_polling(loop, [&] { return stranger.ended(); }));
    CHECK(soon_polling(loop, [&] { return server.transport.connection_count() == 0; }));
    ++errors;
    CHECK(server.transport.counters().protocol_errors + server.transport.counters().refused ==
          errors);
  }
  CHECK(server.log.size() == errors);
  CHECK(server.opened.empty());
  check_serves(loop, server, cluster);
}

TEST_CASE("the log is not for strangers to fill") {
  Loop loop;
  const Cluster cluster;
  Port server(loop, cluster.member());
  for (int i = 0; i < 50; ++i) {
    RawSocket stranger(server.address);
    stranger.send("garbage garbage garbage");
    CHECK(soon_polling(loop, [&] {
      return server.transport.counters().protocol_errors == static_cast<uint64_t>(i) + 1;
    }));
  }
  CHECK(server.log.size() <= 12);
}

TEST_CASE("every cut of a handshake is survived") {
  Loop loop;
  const Cluster cluster;
  Port server(loop, cluster.member());
  const auto identity = cluster.member();
  // The first flight of a client, cut everywhere (in steps), then the end of the stream.
  auto session =
      TlsSession::make(TlsContext::member(identity).value(), TlsSession::Side::kClient, {});
  REQUIRE(session->shake_hands().ok());
  const std::string flight = session->output();
  REQUIRE(flight.size() > 100);
  for (size_t cut = 0; cut < flight.size(); cut += 13) {
    RawSocket stranger(server.address);
    stranger.send(std::string_view(flight).substr(0, cut));
    stranger.end();
  }
  CHECK(soon_polling(loop, [&] {
    return server.transport.counters().accepted > flight.size() / 13 &&
           server.transport.connection_count() == 0;
  }));
  // And with each byte changed.
  for (size_t at = 0; at < flight.size(); at += 5) {
    std::string changed = flight;
    changed[at] = static_cast<char>(changed[at] ^ 0x41);
    RawSocket stranger(server.address);
    stranger.send(changed);
    REQUIRE(soon_polling(loop, [&] { return !stranger.receive().empty() || stranger.ended(); }));
  }
  CHECK(soon_polling(loop, [&] { return server.transport.connection_count() == 0; }));
  check_serves(loop, server, cluster);
}

TEST_CASE("silence is not kept for ever, and does not keep others out") {
  Loop loop;
  const Cluster cluster;
  TlsTransport::Limits limits;
  limits.connection.handshake = milliseconds(400);
  limits.handshake_grace = milliseconds(50);
  limits.handshakes_accepted = 4;
  Port server(loop, cluster.member(), limits);
  std::vector<std::unique_ptr<RawSocket>> silent;
  for (int i = 0; i < 6; ++i) silent.push_back(std::make_unique<RawSocket>(server.address));
  CHECK(soon_polling(loop, [&] { return server.transport.counters().accepted == 6; }));
  CHECK(server.transport.counters().turned_away == 2);
  CHECK(server.transport.connection_count() == 4);
  const Instant later = loop.now() + milliseconds(60);
  CHECK(soon_polling(loop, [&] { return loop.now() >= later; }));
  check_serves(loop, server, cluster);  // the oldest silent one gave way
  CHECK(soon_polling(loop, [&] { return server.transport.connection_count() == 0; }));
  for (const auto& one : silent) CHECK(soon_polling(loop, [&] { return one->ended(); }));
}

TEST_CASE("one byte at a time is a handshake too, until its time is over") {
  Loop loop;
  const Cluster cluster;
  TlsTransport::Limits limits;
  limits.connection.handshake = milliseconds(300);
  Port server(loop, cluster.member(), limits);
  RawSocket loris(server.address);
  const Instant began = loop.now();
  CHECK(soon_polling(loop, [&] {
    loris.send(std::string("\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03", 11).substr(0, 1));
    return loris.ended();
  }));
  CHECK(loop.now() - began < seconds(3));
  CHECK(server.transport.connection_count() == 0);
}

TEST_CASE("a member that breaks the framing is cut off") {
  Loop loop;
  const Cluster cluster;
  struct Case {
    const char* name;
    std::string bytes;
    const char* reason;
  };
  const Case cases[] = {
      {"no greeting", frame(FrameKind::kMessage, "hi"), "the peer does not greet"},
      {"a greeting that cannot be read", frame(FrameKind::kHello, "\xff\xff\xff"),
       "the peer's greeting is not understood"},
      {"a greeting of version 0", frame(FrameKind::kHello, std::string("\x08\x00", 2)),
       "the peer's greeting is not understood"},
      {"a huge length", hello() + std::string("\xff\xff\xff\xff\x02", 5) + "abc",
       "more than the 4194304 that it may"},
      {"a length one too large", hello() + std::string("\x00\x40\x00\x01\x02", 5),
       "more than the 4194304 that it may"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Port server(loop, cluster.member());
    RawMember member(loop, cluster.member(), server.address);
    member.write(c.bytes);
    CHECK(soon_polling(loop, [&] { return member.socket.ended(); }));
    CHECK(soon_polling(loop, [&] { return server.transport.connection_count() == 0; }));
    CHECK(server.messages.empty());
    REQUIRE(server.log.size() == 1);
    CHECK(server.log[0].find(c.reason) != std::string::npos);
  }
}

TEST_CASE("truncated frames, unknown kinds and sudden ends") {
  Loop loop;
  const Cluster cluster;
  Port server(loop, cluster.member());
  {
    RawMember member(loop, cluster.member(), server.address);
    member.write(hello() + frame(static_cast<FrameKind>(77), "from the future") +
                 frame(FrameKind::kMessage, "one"));
    const std::string two = frame(FrameKind::kMessage, "two");
    for (const char byte : two) member.write({&byte, 1});
    CHECK(soon_polling(loop, [&] { return server.messages.size() == 2; }));
    member.write(std::string("\x00\x00\x10\x00\x02", 5) + "only a part");
  }  // ends here without a goodbye
  CHECK(soon_polling(loop, [&] { return server.closed.size() == 1; }));
  CHECK(server.messages.size() == 2);
  CHECK(server.closed[0].second.kind == CloseKind::kLost);
  CHECK(server.closed[0].second.was_reset());

  RawMember member(loop, cluster.member(), server.address);
  member.write(hello());
  CHECK(soon_polling(loop, [&] { return server.opened.size() == 2; }));
  member.socket.reset();
  CHECK(soon_polling(loop, [&] { return server.closed.size() == 2; }));
  CHECK(server.closed[1].second.was_reset());
}

TEST_CASE("a record that was touched on the way ends the connection") {
  Loop loop;
  const Cluster cluster;
  Port server(loop, cluster.member());
  RawMember member(loop, cluster.member(), server.address);
  member.write(hello());
  CHECK(soon_polling(loop, [&] { return server.opened.size() == 1; }));
  REQUIRE(member.session.write(frame(FrameKind::kMessage, "transfer 10")).ok());
  member.session.output().back() = static_cast<char>(member.session.output().back() ^ 1);
  member.push();
  CHECK(soon_polling(loop, [&] { return server.closed.size() == 1; }));
  CHECK(server.closed[0].second.kind == CloseKind::kProtocol);
  CHECK(server.messages.empty());
}

TEST_CASE("a reader that does not read fills a queue, not the memory") {
  Loop loop;
  const Cluster cluster;
  TlsTransport::Limits limits;
  limits.connection.send_queue_bytes = 1 << 20;
  Port server(loop, cluster.member(), limits);
  RawMember member(loop, cluster.member(), server.address);
  member.write(hello());
  REQUIRE(soon_polling(loop, [&] { return server.opened.size() == 1; }));
  const ConnectionId id = server.opened[0].id;
  size_t taken = 0;
  while (server.transport.send(id, std::string(100'000, 'x')).ok()) ++taken;
  CHECK(server.transport.queued_bytes(id) <= 1 << 20);
  CHECK(server.drained.empty());
  size_t received = 0;
  CHECK(soon_polling(loop, [&] {  // it begins to read
    received += member.socket.receive().size();
    return server.drained.size() == 1;
  }));
  CHECK(server.transport.send(id, "and on").ok());
}

TEST_CASE("frames are cut from any stream of bytes") {
  const std::string stream = frame(FrameKind::kMessage, "") + frame(FrameKind::kMessage, "abc") +
                             frame(FrameKind::kHello, std::string(300, 'z'));
  for (size_t step = 1; step <= stream.size(); ++step) {
    FrameReader reader(1000);
    std::vector<std::string> seen;
    for (size_t at = 0; at < stream.size(); at += step) {
      reader.append(std::string_view(stream).substr(at, step));
      for (auto next = reader.next(); next.ok() && next->has_value(); next = reader.next())
        seen.emplace_back((*next)->payload);
    }
    CHECK(seen == std::vector<std::string>{"", "abc", std::string(300, 'z')});
  }
  FrameReader small(299);
  small.append(stream);
  CHECK(small.next().ok());
  CHECK(small.next().ok());
  CHECK_FALSE(small.next().ok());
}
