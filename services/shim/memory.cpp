// What the compiler calls for copies and fills, and libgcc for a division by zero on ARM. The empty
// asm keeps the compiler from recognising the loops and calling these functions from within
// themselves.

#include <stddef.h>

extern "C" {

void* memcpy(void* to, const void* from, size_t size) {
  auto* out = static_cast<char*>(to);
  const auto* in = static_cast<const char*>(from);
  for (size_t i = 0; i < size; ++i) {
    out[i] = in[i];
    __asm__ volatile("" ::: "memory");
  }
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  if (to <= from) return memcpy(to, from, size);
  auto* out = static_cast<char*>(to);
  const auto* in = static_cast<const char*>(from);
  for (size_t i = size; i > 0; --i) {
    out[i - 1] = in[i - 1];
    __asm__ volatile("" ::: "memory");
  }
  return to;
}

void* memset(void* to, int value, size_t size) {
  auto* out = static_cast<char*>(to);
  for (size_t i = 0; i < size; ++i) {
    out[i] = static_cast<char>(value);
    __asm__ volatile("" ::: "memory");
  }
  return to;
}

int raise(int) { __builtin_trap(); }
}
