#include "core/identity/packed_address.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace es::identity {

namespace {

constexpr size_t kIpv4Bytes = 4;
constexpr size_t kIpv6Bytes = 16;
constexpr int kGroups = 8;

unsigned to_number(std::string_view digits, int base) {
  unsigned number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  return number;
}

void append_group(unsigned group, std::string& bytes) {
  bytes.push_back(static_cast<char>(group >> 8));
  bytes.push_back(static_cast<char>(group & 0xff));
}

unsigned group_at(std::string_view bytes, size_t at) {
  return static_cast<unsigned>(static_cast<uint8_t>(bytes[at])) << 8 |
         static_cast<uint8_t>(bytes[at + 1]);
}

// Pre (of the three below): is_numeric_ip() of the whole.
std::string pack_ipv4(std::string_view text) {
  std::string bytes;
  for (size_t part = 0; part < kIpv4Bytes; ++part) {
    const size_t end = text.find('.');
    bytes.push_back(static_cast<char>(to_number(text.substr(0, end), 10)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return bytes;
}

// One side of "::".
std::string pack_groups(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const size_t end = text.find(':');
    const std::string_view group = text.substr(0, end);
    if (group.find('.') != std::string_view::npos)
      bytes += pack_ipv4(group);
    else
      append_group(to_number(group, 16), bytes);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return bytes;
}

std::string pack_ipv6(std::string_view text) {
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) return pack_groups(text);
  std::string head = pack_groups(text.substr(0, gap));
  const std::string tail = pack_groups(text.substr(gap + 2));
  head.resize(kIpv6Bytes - tail.size());
  return head + tail;
}

std::string print_ipv4(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    if (!text.empty()) text += '.';
    text += std::to_string(static_cast<uint8_t>(byte));
  }
  return text;
}

// RFC 5952 §4: the longest run of zero groups, the first of equals, becomes "::".
std::string print_ipv6(std::string_view bytes) {
  constexpr std::string_view kMappedIpv4("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  if (bytes.starts_with(kMappedIpv4)) return "::ffff:" + print_ipv4(bytes.substr(12));
  int gap = 0;
  int gap_size = 1;  // a single zero group is not shortened
  for (int first = 0; first < kGroups; ++first) {
    int size = 0;
    while (first + size < kGroups && group_at(bytes, 2 * static_cast<size_t>(first + size)) == 0)
      ++size;
    if (size > gap_size) {
      gap = first;
      gap_size = size;
    }
  }
  std::string text;
  for (int group = 0; group < kGroups; ++group) {
    if (gap_size > 1 && group == gap) {
      text += "::";
      group += gap_size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    std::array<char, 4> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                   group_at(bytes, 2 * static_cast<size_t>(group)), 16);
    text.append(digits.data(), end.ptr);
  }
  return text;
}

}  // namespace

std::optional<std::string> pack_address(const SocketAddress& address) {
  if (!is_numeric_ip(address.ip) || address.port == 0) return std::nullopt;
  const bool is_ipv6 = address.ip.find(':') != std::string::npos;
  std::string bytes = is_ipv6 ? pack_ipv6(address.ip) : pack_ipv4(address.ip);
  if (address.port != kControlPort) append_group(address.port, bytes);
  return bytes;
}

std::optional<SocketAddress> unpack_address(std::string_view bytes) {
  const size_t ip_bytes = bytes.size() < kIpv6Bytes ? kIpv4Bytes : kIpv6Bytes;
  if (bytes.size() != ip_bytes && bytes.size() != ip_bytes + 2) return std::nullopt;
  SocketAddress address;
  address.port = kControlPort;
  if (bytes.size() == ip_bytes + 2) address.port = static_cast<uint16_t>(group_at(bytes, ip_bytes));
  if (address.port == 0) return std::nullopt;
  const std::string_view ip = bytes.substr(0, ip_bytes);
  address.ip = ip_bytes == kIpv4Bytes ? print_ipv4(ip) : print_ipv6(ip);
  return address;
}

}  // namespace es::identity
