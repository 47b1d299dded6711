// Discovery: two network namespaces with a cable between them and no routes. Needs root and
// iproute2.

#include "platform/linux/net/discovery.h"

#include <doctest.h>

#include <string>

#include "platform/linux/crypto/random.h"
#include "tests/unit/linux_net/boards.h"

using namespace es;
using namespace es::linux_net;
using namespace es::linux_net::test;

namespace {

const crypto::Digest kDigest = crypto::sha256("the authority of this cluster");
const crypto::Digest kOtherDigest = crypto::sha256("the authority of another cluster");

int respond(const crypto::Digest& digest, SocketAddress manager) {
  Loop loop;
  DiscoveryResponder responder(loop, digest, [&] { return std::vector{manager}; });
  if (!responder.start().ok()) return 97;
  loop.run_until(loop.now() + seconds(25), [] { return false; });
  return 0;
}

// 0: found exactly the manager of its cluster; 1: found nothing.
int find(Duration patience) {
  Loop loop;
  std::vector<SocketAddress> found;
  bool ended = false;
  DiscoveryFinder finder(
      loop, kDigest,
      [&](std::vector<SocketAddress> some) { found.insert(found.end(), some.begin(), some.end()); },
      [&] { ended = true; });
  if (!finder.start(loop.now() + patience).ok()) return 96;
  if (!loop.run_until(loop.now() + patience + seconds(5), [&] { return ended || !found.empty(); }))
    return 95;
  if (found.empty()) return 1;
  return found == std::vector<SocketAddress>{{"10.77.0.1", 2377}} ? 0 : 2;
}

}  // namespace

TEST_CASE("a board finds the manager of its cluster on a LAN without routes") {
  if (!can_make_boards()) return;
  Board manager([](const auto&) { return respond(kDigest, {"10.77.0.1", 2377}); });
  Board joiner([](const auto&) { return find(seconds(10)); });
  if (!manager.namespaced() || !connect(manager, joiner)) {
    MESSAGE("SKIP: this machine does not allow network namespaces");
    return;
  }
  manager.go();
  joiner.go();
  CHECK(joiner.result() == 0);
}

TEST_CASE("broadcast alone is enough") {
  if (!can_make_boards()) return;
  Board manager([](const auto&) { return respond(kDigest, {"10.77.0.1", 2377}); });
  Board joiner([](const auto&) { return find(seconds(10)); });
  if (!manager.namespaced() || !connect(manager, joiner)) return;
  REQUIRE(joiner.ip("link set es-lan multicast off"));
  manager.go();
  joiner.go();
  CHECK(joiner.result() == 0);
}

TEST_CASE("a manager of another cluster does not answer") {
  if (!can_make_boards()) return;
  Board manager([](const auto&) { return respond(kOtherDigest, {"10.77.0.1", 2377}); });
  Board joiner([](const auto&) { return find(seconds(1)); });
  if (!manager.namespaced() || !connect(manager, joiner)) return;
  manager.go();
  joiner.go();
  CHECK(joiner.result() == 1);
}

TEST_CASE("a board without a network is told so") {
  if (!can_make_boards()) return;
  Board alone([](const auto&) { return find(seconds(1)); });
  alone.go();
  CHECK(alone.result() == 96);
}

TEST_CASE("discovery messages: one size, bounded, nothing else understood") {
  const DiscoveryQuery query = make_query(kDigest);
  const std::string asked = encode_query(query);
  CHECK(asked.size() == kDiscoverySize);
  CHECK(decode_query(asked)->nonce == query.nonce);
  CHECK(crypto::view(kDigest).starts_with(decode_query(asked)->digest_prefix));
  CHECK(make_query(kDigest).nonce != query.nonce);

  DiscoveryAnswer answer{query.nonce, std::string(crypto::view(kDigest)), {}};
  for (int i = 0; i < 20; ++i)
    answer.managers.push_back(
        {"2001:db8:1111:2222:3333:4444:5555:666" + std::to_string(i % 10), 65'535});
  const std::string answered = encode_answer(answer);
  CHECK(answered.size() == kDiscoverySize);
  CHECK(decode_answer(answered)->managers.size() == kDiscoveryMaxAddresses);
  CHECK(decode_answer(answered)->digest == crypto::view(kDigest));

  CHECK_FALSE(decode_query(answered).has_value());
  CHECK_FALSE(decode_answer(asked).has_value());
  for (size_t size = 0; size < asked.size(); size += 31)
    CHECK_FALSE(decode_query(asked.substr(0, size)).has_value());
  CHECK_FALSE(decode_query(asked + "x").has_value());
  CHECK_FALSE(decode_answer(encode_answer({query.nonce, "", {{"evil.example", 1}}})).has_value());
  CHECK_FALSE(decode_answer(encode_answer({query.nonce, "", {{"10.0.0.1", 0}}})).has_value());
  for (int round = 0; round < 2000; ++round) {
    std::string changed = round % 2 == 0 ? asked : answered;
    crypto::OsRandom random;
    changed[random.next() % 120] = static_cast<char>(random.next());
    (void)decode_query(changed);
    (void)decode_answer(changed);
  }
}
