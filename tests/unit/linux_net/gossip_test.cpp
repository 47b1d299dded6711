// Gossip on the wire: only those who hold the key are heard, and nothing that they say is too
// large.

#include <sys/socket.h>

#include <string>
#include <vector>

#include "platform/linux/net/gossip_exchange.h"
#include "platform/linux/net/gossip_socket.h"
#include "tests/unit/linux_net/members.h"
#include "tests/unit/linux_net/raw_peer.h"

using namespace es;
using namespace es::linux_net;
using namespace es::linux_net::test;

namespace {

const std::string kKey(16, 'k'), kOldKey(16, 'o'), kOtherKey(16, 'x');

crypto::KeyRing ring(const std::vector<std::string>& keys) {
  return crypto::KeyRing::make(keys).value();
}

struct Speaker {
  std::vector<std::pair<SocketAddress, std::string>> heard;
  GossipSocket socket;
  SocketAddress address;

  Speaker(Loop& loop, const std::vector<std::string>& keys)
      : socket(loop, ring(keys), [this](const SocketAddress& from, std::string_view payload) {
          heard.emplace_back(from, payload);
        }) {
    address = socket.open({"127.0.0.1", 0}).value();
  }
};

}  // namespace

TEST_CASE("datagrams arrive as they were sent, and from whom") {
  Loop loop;
  Speaker a(loop, {kKey, kOldKey}), b(loop, {kOldKey});
  CHECK(b.socket.send(a.address, "ping").ok());
  CHECK(b.socket.send(a.address, "").ok());
  CHECK(b.socket.send(a.address, std::string(GossipSocket::kMaxPayload, 'm')).ok());
  REQUIRE(soon(loop, [&] { return a.heard.size() == 3; }));
  CHECK(a.heard[0].first == b.address);
  CHECK(a.heard[0].second == "ping");
  CHECK(a.heard[2].second.size() == GossipSocket::kMaxPayload);
  CHECK(b.socket.send(a.address, std::string(GossipSocket::kMaxPayload + 1, 'm')).error().code ==
        Errc::kLimit);
  CHECK(b.socket.send({"board-7", 7946}, "ping").error().code == Errc::kInvalid);

  CHECK(a.socket.send(b.address, "sealed with a key that b has not heard of").ok());
  REQUIRE(soon(loop, [&] { return b.socket.counters().unreadable == 1; }));
  b.socket.set_keys(ring({kKey, kOldKey}));
  CHECK(a.socket.send(b.address, "again").ok());
  REQUIRE(soon(loop, [&] { return b.heard.size() == 1; }));
  CHECK(a.socket.counters().sent == 2);
  CHECK(a.socket.counters().received == 3);
}

TEST_CASE("strangers' datagrams are counted and dropped") {
  Loop loop;
  Speaker a(loop, {kKey}), stranger(loop, {kOtherKey});
  CHECK(stranger.socket.send(a.address, "let me in").ok());
  const int raw = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(a.address.port);
  inet_pton(AF_INET, a.address.ip.c_str(), &to.sin_addr);
  const std::string inputs[] = {"",
                                "x",
                                std::string(27, 'x'),
                                std::string(28, 'x'),
                                std::string(1400, 'x'),
                                std::string(1401, 'x'),
                                std::string(60'000, 'x')};
  for (const std::string& bytes : inputs) {
    CHECK(::sendto(raw, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to),
                   sizeof to) == static_cast<ssize_t>(bytes.size()));
  }
  ::close(raw);
  CHECK(soon(loop, [&] { return a.socket.counters().unreadable == 1 + std::size(inputs); }));
  CHECK(a.heard.empty());
}

TEST_CASE("a gossip port that is taken is said so") {
  Loop loop;
  Speaker a(loop, {kKey});
  GossipSocket second(loop, ring({kKey}), [](const SocketAddress&, std::string_view) {});
  CHECK(second.open(a.address).error().message.find("already in use") != std::string::npos);
  CHECK(second.send(a.address, "closed").error().code == Errc::kUnavailable);
}

TEST_CASE("questions over TCP are answered, up to 256 KiB both ways") {
  Loop loop;
  GossipExchange a(loop, {}, ring({kKey}),
                   [](const SocketAddress& from, std::string_view question) {
                     CHECK(from.ip == "127.0.0.1");
                     return std::string(question.rbegin(), question.rend());
                   });
  const SocketAddress address = a.listen({"127.0.0.1", 0}).value();
  GossipExchange b(loop, {}, ring({kKey}),
                   [](const SocketAddress&, std::string_view) { return std::string(); });
  std::vector<Result<std::string>> results;
  const auto done = [&](Result<std::string> result) { results.push_back(std::move(result)); };
  const std::string large =
      crypto::random_bytes(GossipExchange::kMaxMessage - crypto::kSealOverhead);
  b.ask(address, "abc", done);
  REQUIRE(soon(loop, [&] { return results.size() == 1; }));
  CHECK(results[0].value() == "cba");
  b.ask(address, large, done);
  REQUIRE(soon(loop, [&] { return results.size() == 2; }));
  CHECK(results[1].value() == std::string(large.rbegin(), large.rend()));
  b.ask(address, large + "x", done);
  REQUIRE(soon(loop, [&] { return results.size() == 3; }));
  CHECK(results[2].error().code == Errc::kLimit);
  CHECK(a.counters().answered == 2);
}

TEST_CASE("a gossip exchange that fails says why, once, and never from inside ask()") {
  Loop loop;
  GossipExchange::Limits limits;
  limits.patience = milliseconds(200);
  limits.asking = 2;
  GossipExchange a(loop, limits, ring({kKey}),
                   [](const SocketAddress&, std::string_view) { return std::string(); });
  GossipExchange other(loop, limits, ring({kOtherKey}),
                       [](const SocketAddress&, std::string_view) { return std::string(); });
  const SocketAddress stranger = other.listen({"127.0.0.1", 0}).value();
  SocketAddress nobody;
  {
    GossipExchange gone(loop, limits, ring({kKey}), nullptr);
    nobody = gone.listen({"127.0.0.1", 0}).value();
  }
  const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof any;
  REQUIRE(::bind(silent, reinterpret_cast<sockaddr*>(&any), size) == 0);
  REQUIRE(::listen(silent, 4) == 0);
  REQUIRE(::getsockname(silent, reinterpret_cast<sockaddr*>(&any), &size) == 0);

  struct Case {
    const char* name;
    SocketAddress to;
    Errc expected;
  };
  const Case cases[] = {{"another key", stranger, Errc::kUnavailable},
                        {"nobody there", nobody, Errc::kUnavailable},
                        {"a host name", {"board-7", 7946}, Errc::kInvalid},
                        {"silence", {"127.0.0.1", ntohs(any.sin_port)}, Errc::kTimeout}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::optional<Result<std::string>> result;
    a.ask(c.to, "?", [&](Result<std::string> one) {
      CHECK_FALSE(result.has_value());
      result = std::move(one);
    });
    CHECK_FALSE(result.has_value());
    REQUIRE(soon(loop, [&] { return result.has_value(); }));
    CHECK(result->error().code == c.expected);
  }
  int busy = 0, ended = 0;
  for (int i = 0; i < 3; ++i) {
    a.ask({"127.0.0.1", ntohs(any.sin_port)}, "?", [&](const Result<std::string>& one) {
      busy += one.error().code == Errc::kLimit ? 1 : 0;
      ++ended;
    });
  }
  CHECK(soon(loop, [&] { return ended == 3; }));
  CHECK(busy == 1);
  ::close(silent);
}

TEST_CASE("garbage on the gossip port's TCP side") {
  Loop loop;
  GossipExchange::Limits limits;
  limits.patience = milliseconds(300);
  limits.answering = 2;
  GossipExchange a(loop, limits, ring({kKey}),
                   [](const SocketAddress&, std::string_view) { return std::string("answer"); });
  const SocketAddress address = a.listen({"127.0.0.1", 0}).value();
  const auto ended = [&](RawSocket& one) {
    Timer tick(loop, [] {});
    return soon(loop, [&] {
      tick.after(milliseconds(5));
      return one.ended();
    });
  };
  for (const std::string& bytes :
       {std::string("\xff\xff\xff\xff", 4), std::string("\x00\x00\x00\x05hello", 9),
        std::string("GET /"), std::string("\x00\x00\x00\x00", 4), std::string("\x00", 1)}) {
    CAPTURE(bytes.size());
    RawSocket stranger(address);
    stranger.send(bytes);
    CHECK(ended(stranger));
  }
  RawSocket one(address), two(address), three(address);
  CHECK(ended(three));
  CHECK(a.counters().turned_away == 1);
  CHECK(ended(one));
  CHECK(ended(two));
  CHECK(a.counters().answered == 0);
}
