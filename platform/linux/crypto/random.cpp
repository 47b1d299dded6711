#include "platform/linux/crypto/random.h"

#include <sys/random.h>

#include <cerrno>

#include "core/base/assert.h"

namespace es::crypto {

void fill_random(void* out, size_t size) {
  auto* at = static_cast<unsigned char*>(out);
  while (size > 0) {
    const ssize_t got = getrandom(at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    ES_ASSERT(got > 0);
    at += got;
    size -= static_cast<size_t>(got);
  }
}

std::string random_bytes(size_t size) {
  std::string bytes(size, '\0');
  fill_random(bytes.data(), bytes.size());
  return bytes;
}

uint64_t OsRandom::next() {
  uint64_t value = 0;
  fill_random(&value, sizeof value);
  return value;
}

}  // namespace es::crypto
