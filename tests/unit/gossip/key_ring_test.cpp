#include "core/gossip/key_ring.h"

#include "doctest/doctest.h"

#include "core/wire/codec.h"

namespace es::gossip {

namespace {
std::string secret(char c) { return std::string(16, c); }
}  // namespace

TEST_CASE("a key is opened before it seals, seals, and is opened a while longer") {
  KeyRing ring;
  CHECK(ring.sealing_key() == nullptr);
  REQUIRE(ring.introduce(secret('a')).ok());
  CHECK(ring.sealing_key()->secret == secret('a'));
  CHECK_FALSE(ring.promote().ok());

  REQUIRE(ring.introduce(secret('b')).ok());
  CHECK(ring.sealing_key()->secret == secret('a'));
  CHECK(ring.opening_key(2)->secret == secret('b'));
  CHECK_FALSE(ring.introduce(secret('x')).ok());

  REQUIRE(ring.promote().ok());
  CHECK(ring.sealing_key()->secret == secret('b'));
  CHECK(ring.opening_key(1)->secret == secret('a'));

  REQUIRE(ring.introduce(secret('c')).ok());
  CHECK(ring.keys.size() == 3);
  CHECK(ring.sealing_order() == std::vector{secret('b'), secret('a'), secret('c')});
  CHECK(ring.check().ok());
  REQUIRE(ring.promote().ok());
  CHECK(ring.opening_key(1) == nullptr);
  CHECK(ring.keys.size() == 2);

  const auto copy = wire::decode<KeyRing>(wire::encode(ring));
  REQUIRE(copy.ok());
  CHECK(*copy == ring);
  CHECK(copy->check().ok());
}

TEST_CASE("two members one step apart understand each other") {
  KeyRing ahead;
  REQUIRE(ahead.introduce(secret('a')).ok());
  KeyRing behind = ahead;
  for (char c = 'b'; c < 'j'; ++c) {
    REQUIRE(ahead.introduce(secret(c)).ok());
    CHECK(behind.opening_key(ahead.primary) != nullptr);
    CHECK(ahead.opening_key(behind.primary) != nullptr);
    behind = ahead;
    REQUIRE(ahead.promote().ok());
    CHECK(behind.opening_key(ahead.primary) != nullptr);
    CHECK(ahead.opening_key(behind.primary) != nullptr);
    behind = ahead;
  }
}

TEST_CASE("a ring that no leader wrote is refused") {
  struct Case {
    const char* name;
    KeyRing ring;
  };
  for (const Case& c : {
           Case{"no primary", {{{1, secret('a')}}, 0}},
           Case{"primary without key", {{{1, secret('a')}}, 2}},
           Case{"primary of an empty ring", {{}, 1}},
           Case{"short secret", {{{1, "short"}}, 1}},
           Case{"descending", {{{2, secret('a')}, {1, secret('b')}}, 2}},
           Case{"twice", {{{1, secret('a')}, {1, secret('b')}}, 1}},
           Case{"too old", {{{1, secret('a')}, {3, secret('b')}}, 3}},
           Case{"too new", {{{1, secret('a')}, {3, secret('b')}}, 1}},
           Case{"last generation", {{{UINT32_MAX, secret('a')}}, UINT32_MAX}},
       }) {
    CAPTURE(c.name);
    CHECK_FALSE(c.ring.check().ok());
  }
  CHECK(KeyRing{}.check().ok());
  CHECK_FALSE(KeyRing{}.introduce("15 bytes long..").ok());
}

}  // namespace es::gossip
