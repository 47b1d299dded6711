#pragma once
// The two datagrams of discovery. A board whose token names no address that answers asks the LAN
// for its cluster; a manager of that cluster says where it is. Nothing in an answer is trusted: the
// TLS connection that follows checks the digest of the authority.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/base/fields.h"
#include "core/model/address.h"
#include "platform/linux/crypto/sha256.h"

namespace es::linux_net {

// Both are of this size, so that nobody can use a manager to turn a small datagram with a forged
// sender into a large one.
constexpr size_t kDiscoverySize = 512;
constexpr size_t kDiscoveryMaxAddresses = 8;
constexpr uint16_t kDiscoveryPort = 2377;  // UDP; the control port is the same number on TCP
constexpr const char* kDiscoveryGroup = "239.255.77.46";  // RFC 2365 §6.1: a local scope

struct DiscoveryQuery {
  std::string
      digest_prefix;  // 8 bytes: enough to tell clusters apart, too few to learn the digest from
  std::string nonce;  // 16 bytes

  static constexpr auto fields() {
    return std::tuple{field(1, "DigestPrefix", &DiscoveryQuery::digest_prefix),
                      field(2, "Nonce", &DiscoveryQuery::nonce)};
  }
};

struct DiscoveryAnswer {
  std::string nonce;   // of the query
  std::string digest;  // of the cluster's authority
  std::vector<SocketAddress> managers;

  static constexpr auto fields() {
    return std::tuple{field(1, "Nonce", &DiscoveryAnswer::nonce),
                      field(2, "Digest", &DiscoveryAnswer::digest),
                      field(3, "Managers", &DiscoveryAnswer::managers)};
  }
};

DiscoveryQuery make_query(const crypto::Digest& authority);
std::string encode_query(const DiscoveryQuery& query);
// Only as many managers as fit.
std::string encode_answer(DiscoveryAnswer answer);

// Nothing for what is none, or not of the full size.
std::optional<DiscoveryQuery> decode_query(std::string_view datagram);
std::optional<DiscoveryAnswer> decode_answer(std::string_view datagram);

}  // namespace es::linux_net
