#include "core/model/address.h"

#include <charconv>

namespace es {

namespace {

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto length = static_cast<size_t>(end - text.data());
    if (error != std::errc() || value > 255 || length > 3) return false;
    if (length > 1 && text[0] == '0') return false;  // 010 is 8 to some parsers and 10 to others
    text.remove_prefix(length);
    if (part == 3) return text.empty();
    if (text.empty() || text[0] != '.') return false;
    text.remove_prefix(1);
  }
  return false;
}

// RFC 4291 §2.2: up to eight groups of four hex digits, "::" at most once, a dotted quad may stand last. A zone ("%eth0") is not part
// of an address that another node could use.
bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool gap = false;
  if (text.size() < 2 || text.size() > 45) return false;
  if (text.starts_with("::")) {
    gap = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const size_t end = text.find(':');
    const std::string_view group = text.substr(0, end);
    if (end == std::string_view::npos && group.find('.') != std::string_view::npos) {
      if (!is_ipv4(group)) return false;
      groups += 2;
      break;
    }
    if (group.empty() || group.size() > 4) return false;
    if (group.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return false;
    ++groups;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
    if (text.empty()) return false;
    if (text[0] == ':') {
      if (gap) return false;
      gap = true;
      text.remove_prefix(1);
    }
  }
  return gap ? groups < 8 : groups == 8;
}

}  // namespace

bool is_numeric_ip(std::string_view text) { return is_ipv4(text) || is_ipv6(text); }

std::string SocketAddress::to_string() const {
  if (ip.empty()) return {};
  const std::string host = ip.find(':') == std::string::npos ? ip : "[" + ip + "]";
  return host + ":" + std::to_string(port);
}

Result<SocketAddress> SocketAddress::parse(std::string_view text, uint16_t default_port) {
  const std::string quoted = "\"" + std::string(text) + "\"";
  std::string_view host = text;
  std::string_view port_text;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return invalid(quoted + " lacks a closing bracket");
    host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != ':') return invalid(quoted + " is not an IP:PORT address");
    has_port = !rest.empty();
    if (has_port) port_text = rest.substr(1);
  } else if (const size_t colon = text.find(':');
             colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    host = text.substr(0, colon);
    port_text = text.substr(colon + 1);
    has_port = true;
  }
  if (!is_numeric_ip(host)) {
    return invalid(quoted + " is not a numeric IP address (names are not resolved), " +
                   "for example 192.168.1.10 or 192.168.1.10:2377");
  }
  uint16_t port = default_port;
  if (has_port) {
    const char* end = port_text.data() + port_text.size();
    const auto parsed = std::from_chars(port_text.data(), end, port);
    if (parsed.ec != std::errc() || parsed.ptr != end || port == 0) {
      return invalid(quoted + " has no port between 1 and 65535 after the colon");
    }
  }
  return SocketAddress{std::string(host), port};
}

}  // namespace es
