#include "platform/linux/net/discovery_message.h"

#include "core/base/assert.h"
#include "core/wire/codec.h"
#include "platform/linux/crypto/random.h"

namespace es::linux_net {

namespace {

// Kind, then the length of the body (two bytes, big-endian), the body, and zeroes.
constexpr std::string_view kQueryKind = "edgeswarm?1 ";
constexpr std::string_view kAnswerKind = "edgeswarm!1 ";
constexpr size_t kLengthSize = 2;
constexpr size_t kBodyMax = kDiscoverySize - kQueryKind.size() - kLengthSize;
constexpr size_t kPrefixSize = 8;
constexpr size_t kNonceBytes = 16;

std::string datagram(std::string_view kind, const std::string& body) {
  ES_ASSERT(body.size() <= kBodyMax);
  std::string bytes(kind);
  bytes += static_cast<char>(body.size() >> 8);
  bytes += static_cast<char>(body.size() & 0xff);
  bytes += body;
  bytes.resize(kDiscoverySize);
  return bytes;
}

std::optional<std::string_view> body_of(std::string_view bytes, std::string_view kind) {
  if (bytes.size() != kDiscoverySize || !bytes.starts_with(kind)) return std::nullopt;
  bytes.remove_prefix(kind.size());
  const size_t size =
      static_cast<size_t>(static_cast<uint8_t>(bytes[0])) << 8 | static_cast<uint8_t>(bytes[1]);
  if (size > kBodyMax) return std::nullopt;
  return bytes.substr(kLengthSize, size);
}

}  // namespace

DiscoveryQuery make_query(const crypto::Digest& authority) {
  return {std::string(crypto::view(authority).substr(0, kPrefixSize)),
          crypto::random_bytes(kNonceBytes)};
}

std::string encode_query(const DiscoveryQuery& query) {
  return datagram(kQueryKind, wire::encode(query));
}

std::string encode_answer(DiscoveryAnswer answer) {
  if (answer.managers.size() > kDiscoveryMaxAddresses)
    answer.managers.resize(kDiscoveryMaxAddresses);
  return datagram(kAnswerKind, wire::encode(answer));
}

std::optional<DiscoveryQuery> decode_query(std::string_view bytes) {
  const auto body = body_of(bytes, kQueryKind);
  if (!body) return std::nullopt;
  auto query = wire::decode<DiscoveryQuery>(*body);
  if (!query.ok() || query->digest_prefix.size() != kPrefixSize ||
      query->nonce.size() != kNonceBytes)
    return std::nullopt;
  return std::move(query).value();
}

std::optional<DiscoveryAnswer> decode_answer(std::string_view bytes) {
  const auto body = body_of(bytes, kAnswerKind);
  if (!body) return std::nullopt;
  auto answer = wire::decode<DiscoveryAnswer>(*body);
  if (!answer.ok() || answer->managers.size() > kDiscoveryMaxAddresses) return std::nullopt;
  for (const SocketAddress& manager : answer->managers) {
    if (!is_numeric_ip(manager.ip) || manager.port == 0) return std::nullopt;
  }
  return std::move(answer).value();
}

}  // namespace es::linux_net
