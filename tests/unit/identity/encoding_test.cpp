// Addresses and bytes as a token has them.

#include "doctest/doctest.h"

#include "core/base/prng.h"
#include "core/identity/base32.h"
#include "core/identity/packed_address.h"

namespace es::identity {

TEST_CASE("base 32: every length comes back, and left-over bits must be zero") {
  Prng prng(1);
  for (size_t size = 0; size < 100; ++size) {
    std::string bytes;
    while (bytes.size() < size) bytes.push_back(static_cast<char>(prng.below(256)));
    const std::string text = base32_encode(bytes);
    CHECK(text.size() == base32_length(size));
    CHECK(base32_decode(text) == bytes);
  }
  CHECK(base32_encode("f") == "cr");
  CHECK_FALSE(base32_decode("cs").has_value());  // left-over bit set
  CHECK_FALSE(base32_decode("c").has_value());
  CHECK_FALSE(base32_decode("c u").has_value());
  CHECK(base32_decode("CR") == "f");
}

TEST_CASE("addresses are packed as small as they can be") {
  struct Case {
    const char* ip;
    uint16_t port;
    size_t bytes;
    const char* printed;
  };
  for (const Case& c : {
           Case{"192.168.1.10", 2377, 4, "192.168.1.10"},
           Case{"0.0.0.0", 2377, 4, "0.0.0.0"},
           Case{"255.255.255.255", 65'535, 6, "255.255.255.255"},
           Case{"2001:db8::1", 2377, 16, "2001:db8::1"},
           Case{"2001:DB8:0:0:0:0:0:1", 1, 18, "2001:db8::1"},
           Case{"::", 2377, 16, "::"},
           Case{"::1", 2377, 16, "::1"},
           Case{"1::", 2377, 16, "1::"},
           Case{"fe80::a:b:c:d", 2377, 16, "fe80::a:b:c:d"},
           Case{"1:2:3:4:5:6:7:8", 2377, 16, "1:2:3:4:5:6:7:8"},
           Case{"1:0:3:4:5:6:7:8", 2377, 16, "1:0:3:4:5:6:7:8"},
           Case{"1:0:0:4:0:0:7:8", 2377, 16, "1::4:0:0:7:8"},
           Case{"1:0:0:4:0:0:0:8", 2377, 16, "1:0:0:4::8"},
           Case{"::ffff:10.0.0.1", 2377, 16, "::ffff:10.0.0.1"},
           Case{"64:ff9b::10.0.0.1", 2377, 16, "64:ff9b::a00:1"},
       }) {
    CAPTURE(c.ip);
    const auto packed = pack_address({c.ip, c.port});
    REQUIRE(packed.has_value());
    CHECK(packed->size() == c.bytes);
    const auto address = unpack_address(*packed);
    REQUIRE(address.has_value());
    CHECK(*address == SocketAddress{c.printed, c.port});
    CHECK(is_numeric_ip(address->ip));
  }
}

TEST_CASE("what is no address is none") {
  for (const char* ip :
       {"", "pi.local", "1.2.3", "1.2.3.4.5", "256.1.1.1", "fe80::1%eth0", ":::", "1:2:3"}) {
    CAPTURE(ip);
    CHECK_FALSE(pack_address({ip, 2377}).has_value());
  }
  CHECK_FALSE(pack_address({"1.2.3.4", 0}).has_value());
  for (size_t size = 0; size < 40; ++size) {
    const bool possible = size == 4 || size == 6 || size == 16 || size == 18;
    CHECK(unpack_address(std::string(size, '\1')).has_value() == possible);
  }
  CHECK_FALSE(unpack_address(std::string(6, '\0')).has_value());  // port 0
}

TEST_CASE("random addresses come back as they are printed") {
  Prng prng(3);
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes;
    const bool is_ipv6 = prng.chance(1, 2);
    for (size_t n = is_ipv6 ? 16 : 4; n > 0; --n) {
      bytes.push_back(static_cast<char>(prng.chance(1, 2) ? 0 : prng.below(256)));
    }
    const auto address = unpack_address(bytes);
    REQUIRE(address.has_value());
    CAPTURE(address->ip);
    CHECK(pack_address(*address) == bytes);
  }
}

}  // namespace es::identity
