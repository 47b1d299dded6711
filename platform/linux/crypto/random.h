#pragma once
// Randomness of the operating system, for keys, nonces, tokens and ids. Any thread.

#include <cstddef>
#include <cstdint>
#include <string>

namespace es::crypto {

// Waits at boot until the kernel has gathered entropy. A kernel that has none to give is a bug of
// ours to run on: asserts.
void fill_random(void* out, size_t size);

std::string random_bytes(size_t size);

// For Id::draw() and seeds.
struct OsRandom {
  uint64_t next();
};

}  // namespace es::crypto
