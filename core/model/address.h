#pragma once
// SocketAddress: a numeric IPv4 or IPv6 address and a port. Names are never resolved in core.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/fields.h"
#include "core/base/result.h"

namespace es {

struct SocketAddress {
  std::string ip;     // as inet_ntop prints it; empty: unknown
  uint16_t port = 0;  // 0: unknown

  static constexpr auto fields() {
    return std::tuple{field(1, "IP", &SocketAddress::ip), field(2, "Port", &SocketAddress::port)};
  }
  auto operator<=>(const SocketAddress&) const = default;

  bool empty() const { return ip.empty(); }
  // "192.0.2.1:2377", "[2001:db8::1]:2377"; empty for an unknown address.
  std::string to_string() const;
  // Accepts "IP", "IP:PORT", "[IP]" and "[IP]:PORT"; a missing port becomes `default_port`.
  // Errors: kInvalid, for a host name too (names are not resolved here) and for port 0.
  static Result<SocketAddress> parse(std::string_view text, uint16_t default_port);
};

// True for a dotted quad or an IPv6 address, without port or brackets.
bool is_numeric_ip(std::string_view text);

}  // namespace es
