// Sealing: published vectors, round trips, and that nothing comes out of a message that was
// touched.

#include <doctest.h>

#include <string>
#include <vector>

#include "core/base/id.h"
#include "platform/linux/crypto/aead.h"
#include "platform/linux/crypto/key_ring.h"
#include "platform/linux/crypto/random.h"
#include "platform/linux/crypto/secret.h"
#include "platform/linux/crypto/sha256.h"

using namespace es;
using namespace es::crypto;

namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

Nonce nonce_from_hex(std::string_view hex) {
  const std::string bytes = from_hex(hex);
  Nonce nonce{};
  std::copy(bytes.begin(), bytes.end(), nonce.begin());
  return nonce;
}

}  // namespace

TEST_CASE("AEAD agrees with the published vectors") {
  struct Case {
    const char* name;
    Cipher cipher;
    const char *key, *nonce, *associated, *plain, *sealed;
  };
  const Case cases[] = {
      {"RFC 8439 section 2.8.2", Cipher::kChaCha20Poly1305,
       "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
       "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
       "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204"
       "920636f756c64206f"
       "6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e736372656"
       "56e20776f756c6420"
       "62652069742e",
       "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da9"
       "2728b1a71de0a9e06"
       "0b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def"
       "08e4b7a9de576d265"
       "86cec64b61161ae10b594f09e26a7e902ecbd0600691"},
      {"GCM specification, test case 2", Cipher::kAes128Gcm, "00000000000000000000000000000000",
       "000000000000000000000000", "", "00000000000000000000000000000000",
       "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"},
      {"GCM specification, test case 4", Cipher::kAes128Gcm, "feffe9928665731c6d6a8f9467308308",
       "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a"
       "6b525b16aedf5aa0d"
       "e657ba637b39",
       "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac8"
       "4aa051ba30b396a0a"
       "ac973d58e0915bc94fbc3221a5db94fae95ae7121a47"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto key = Aead::make(c.cipher, from_hex(c.key));
    REQUIRE(key.ok());
    const std::string sealed =
        key->seal_with(nonce_from_hex(c.nonce), from_hex(c.plain), from_hex(c.associated));
    CHECK(sealed == from_hex(c.sealed));
    const auto plain = key->open_with(nonce_from_hex(c.nonce), sealed, from_hex(c.associated));
    REQUIRE(plain.ok());
    CHECK(*plain == from_hex(c.plain));
  }
}

TEST_CASE("a sealed message opens only as it was sealed") {
  for (const Cipher cipher : {Cipher::kChaCha20Poly1305, Cipher::kAes128Gcm}) {
    const auto key = Aead::make(cipher, random_bytes(key_size(cipher)));
    const auto other = Aead::make(cipher, random_bytes(key_size(cipher)));
    REQUIRE(key.ok());
    REQUIRE(other.ok());
    for (const size_t size : {0, 1, 15, 16, 17, 1400, 70'000}) {
      CAPTURE(size);
      const std::string plain = random_bytes(size);
      const std::string sealed = key->seal(plain, "page 7");
      CHECK(sealed.size() == size + kSealOverhead);
      CHECK(key->open(sealed, "page 7").value() == plain);
      CHECK(key->seal(plain, "page 7") != sealed);
      CHECK_FALSE(key->open(sealed, "page 8").ok());
      CHECK_FALSE(other->open(sealed, "page 7").ok());
      CHECK_FALSE(key->open(sealed + "x", "page 7").ok());
      CHECK_FALSE(key->open(std::string_view(sealed).substr(1), "page 7").ok());
    }
    const std::string sealed = key->seal("forty-two bytes of something worth hiding", "");
    for (size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
      std::string changed = sealed;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
      CHECK_FALSE(key->open(changed, "").ok());
    }
    for (size_t size = 0; size < sealed.size(); ++size)
      CHECK_FALSE(key->open(sealed.substr(0, size), "").ok());
  }
}

TEST_CASE("a key of a wrong size is refused") {
  for (const size_t size : {0, 15, 17, 24, 31, 33}) {
    CHECK_FALSE(Aead::make(Cipher::kChaCha20Poly1305, random_bytes(size)).ok());
    CHECK_FALSE(Aead::make(Cipher::kAes128Gcm, random_bytes(size)).ok());
  }
}

TEST_CASE("a key ring seals with the newest key and opens with all") {
  const std::string old_key = random_bytes(16), new_key = random_bytes(16);
  const auto before = KeyRing::make({old_key});
  const auto during = KeyRing::make({new_key, old_key});
  const auto after = KeyRing::make({new_key});
  REQUIRE(before.ok());
  REQUIRE(during.ok());
  REQUIRE(after.ok());
  CHECK(during->open(before->seal("ping", "a"), "a").value() == "ping");
  CHECK(after->open(during->seal("ping", "a"), "a").value() == "ping");
  CHECK_FALSE(after->open(before->seal("ping", "a"), "a").ok());
  CHECK_FALSE(before->open(during->seal("ping", "a"), "a").ok());
  CHECK_FALSE(during->open(during->seal("ping", "a"), "b").ok());
  CHECK_FALSE(KeyRing::make({}).ok());
  CHECK_FALSE(KeyRing::make({old_key, old_key, old_key, old_key}).ok());
  CHECK_FALSE(KeyRing::make({"short"}).ok());
}

TEST_CASE("SHA-256 at once and in pieces") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string bytes = random_bytes(1000);
  Sha256 stream;
  for (size_t at = 0; at < bytes.size(); at += 77)
    stream.add(std::string_view(bytes).substr(at, 77));
  CHECK(stream.finish() == sha256(bytes));
  CHECK(digest_from(view(sha256("abc"))) == sha256("abc"));
  CHECK_FALSE(digest_from("short").has_value());
}

TEST_CASE("a secret moves, is cut, and compares in constant time") {
  Secret secret(std::string_view("open sesame"));
  Secret moved = std::move(secret);
  CHECK(moved.view() == "open sesame");
  moved.truncate(4);
  CHECK(moved.view() == "open");
  moved = Secret(std::string_view("other"));
  CHECK(moved.copy().view() == "other");
  CHECK(equal_in_constant_time("same", "same"));
  CHECK(equal_in_constant_time("", ""));
  CHECK_FALSE(equal_in_constant_time("same", "sane"));
  CHECK_FALSE(equal_in_constant_time("same", "samen"));
}

TEST_CASE("random bytes do not repeat") {
  CHECK(random_bytes(32) != random_bytes(32));
  OsRandom source;
  CHECK(NodeId::draw(source) != NodeId::draw(source));
}
