#include "core/identity/join_token.h"

#include <cstdint>

#include "core/base/assert.h"
#include "core/identity/base32.h"
#include "core/identity/packed_address.h"
#include "core/wire/codec.h"

namespace es::identity {

namespace {

constexpr std::string_view kFamily = "ESWTKN-";
constexpr std::string_view kPrefix = "ESWTKN-1-";
constexpr size_t kChecksumBytes = 4;
constexpr size_t kMaxBodyBytes = 255;

// What the token's bytes say; the addresses packed (packed_address.h).
struct TokenBody {
  NodeRole role = NodeRole::kWorker;
  std::string ca_digest;
  std::string secret;
  std::vector<std::string> managers;

  static constexpr auto fields() {
    return std::tuple{
        field(1, "Role", &TokenBody::role), field(2, "CADigest", &TokenBody::ca_digest),
        field(3, "Secret", &TokenBody::secret), field(4, "Managers", &TokenBody::managers)};
  }
};

// CRC-32 as in IEEE 802.3 §3.2.9, bit by bit: tokens are short and rare.
std::string checksum(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  crc = ~crc;
  std::string out;
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(crc >> shift));
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Error not_a_token(std::string_view text) {
  if (text.starts_with("SWMTKN-")) {
    return invalid(
        "this is a token of Docker Swarm; ask a manager of the edgeswarm cluster for one with "
        "`edgeswarm join-token worker`");
  }
  if (text.starts_with(kFamily)) {
    const size_t end = text.find('-', kFamily.size());
    const std::string_view version = text.substr(kFamily.size(), end - kFamily.size());
    if (end != std::string_view::npos && !version.empty() && version.size() <= 4 &&
        version.find_first_not_of("0123456789") == std::string_view::npos) {
      return invalid(
          "this token is of version " + std::string(version) +
          ", and this edgeswarm knows version 1 only; install the cluster's version here");
    }
  }
  return invalid("this is not a join token; one begins with " + std::string(kPrefix) +
                 " and is printed by `edgeswarm join-token worker`");
}

Error cut_short() { return invalid("the token is cut short; copy all of it"); }
Error mistyped(const std::string& where) {
  return invalid("the token is mistyped" + where + "; copy it again");
}

// The bytes of the body, with size and checksum verified. `text` is what follows the prefix.
Result<std::string> unwrap(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (base32_value(text[i]) < 0) {
      return mistyped(": character " + std::to_string(kPrefix.size() + i + 1) +
                      " is one that no token has");
    }
  }
  if (text.size() < base32_length(1)) return cut_short();
  const auto body_bytes =
      static_cast<size_t>(base32_value(text[0]) << 3 | base32_value(text[1]) >> 2);
  const size_t expected = base32_length(1 + body_bytes + kChecksumBytes);
  if (text.size() < expected) return cut_short();
  if (text.size() > expected)
    return invalid("the token has characters too many; copy it again, and only it");
  const auto bytes = base32_decode(text);
  if (!bytes) return mistyped("");
  const std::string_view sized = std::string_view(*bytes).substr(0, 1 + body_bytes);
  if (checksum(sized) != std::string_view(*bytes).substr(1 + body_bytes)) return mistyped("");
  return std::string(sized.substr(1));
}

}  // namespace

std::string JoinToken::to_string() const {
  ES_ASSERT(ca_digest.size() == kDigestBytes && secret.size() == kSecretBytes);
  TokenBody body{role, ca_digest, secret, {}};
  for (const SocketAddress& manager : managers) {
    if (body.managers.size() == kMaxTokenAddresses) break;
    if (auto packed = pack_address(manager)) body.managers.push_back(*std::move(packed));
  }
  const std::string encoded = wire::encode(body);
  ES_ASSERT(encoded.size() <= kMaxBodyBytes);
  const std::string sized = static_cast<char>(encoded.size()) + encoded;
  return std::string(kPrefix) + base32_encode(sized + checksum(sized));
}

Result<JoinToken> JoinToken::parse(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && kPrefix.starts_with(text)) return cut_short();
  if (!text.starts_with(kPrefix)) return not_a_token(text);
  ES_TRY(const std::string bytes, unwrap(text.substr(kPrefix.size())));

  // The checksum was right, so nobody mistyped this: whoever made it disagrees with us about what a
  // token is.
  const Error odd = invalid("the token is whole but makes no sense to this version of edgeswarm");
  const auto body = wire::decode<TokenBody>(bytes);
  if (!body || body->role > NodeRole::kManager || body->ca_digest.size() != kDigestBytes ||
      body->secret.size() != kSecretBytes || body->managers.size() > kMaxTokenAddresses) {
    return odd;
  }
  JoinToken token{body->role, body->ca_digest, body->secret, {}};
  for (const std::string& packed : body->managers) {
    auto address = unpack_address(packed);
    if (!address) return odd;
    token.managers.push_back(*std::move(address));
  }
  return token;
}

}  // namespace es::identity
