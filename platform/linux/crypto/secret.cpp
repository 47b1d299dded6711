#include "platform/linux/crypto/secret.h"

extern "C" {  // this header of mbedTLS does not say so itself
#include <mbedtls/constant_time.h>
}
#include <mbedtls/platform_util.h>

#include <algorithm>
#include <utility>

#include "core/base/assert.h"

namespace es::crypto {

Secret::Secret(std::string_view bytes) : Secret(bytes.size()) {
  std::copy(bytes.begin(), bytes.end(), bytes_.get());
}

Secret::Secret(size_t size) : bytes_(std::make_unique<char[]>(size)), size_(size) {}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

Secret::~Secret() { wipe(); }

void Secret::truncate(size_t size) {
  ES_ASSERT(size <= size_);
  wipe_memory(bytes_.get() + size, size_ - size);
  size_ = size;
}

void Secret::wipe() { wipe_memory(bytes_.get(), size_); }

void wipe_memory(void* at, size_t size) {
  if (size > 0) mbedtls_platform_zeroize(at, size);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && mbedtls_ct_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace es::crypto
