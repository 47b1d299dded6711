#include "platform/linux/crypto/sha256.h"

#include <mbedtls/sha256.h>

#include <algorithm>

#include "core/base/assert.h"

namespace es::crypto {

struct Sha256::State {
  mbedtls_sha256_context context;
};

namespace {

const unsigned char* bytes_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

Sha256::Sha256() : state_(std::make_unique<State>()) {
  mbedtls_sha256_init(&state_->context);
  ES_ASSERT(mbedtls_sha256_starts(&state_->context, 0) == 0);
}

Sha256::~Sha256() {
  if (state_) mbedtls_sha256_free(&state_->context);
}

Sha256::Sha256(Sha256&&) noexcept = default;

Sha256& Sha256::operator=(Sha256&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

void Sha256::add(std::string_view bytes) {
  if (bytes.empty()) return;
  ES_ASSERT(mbedtls_sha256_update(&state_->context, bytes_of(bytes), bytes.size()) == 0);
}

Digest Sha256::finish() {
  Digest digest;
  ES_ASSERT(mbedtls_sha256_finish(&state_->context, digest.data()) == 0);
  return digest;
}

Digest sha256(std::string_view bytes) {
  Digest digest;
  ES_ASSERT(mbedtls_sha256(bytes_of(bytes), bytes.size(), digest.data(), 0) == 0);
  return digest;
}

std::string to_hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<Digest> digest_from(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

}  // namespace es::crypto
