#pragma once
// The random source that mbedTLS asks for as a function pointer. Private to platform/linux.

#include <cstddef>

#include "platform/linux/crypto/random.h"

namespace es::crypto {

inline int mbedtls_random(void* /*context*/, unsigned char* out, size_t size) {
  fill_random(out, size);
  return 0;
}

}  // namespace es::crypto
