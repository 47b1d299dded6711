#pragma once
// Bytes with a length, and a text of bounded size to build lines in. What does not fit is cut off.

#include <stddef.h>
#include <stdint.h>

extern "C" void* memcpy(void* to, const void* from, size_t size);
extern "C" void* memmove(void* to, const void* from, size_t size);

namespace es::shim {

struct Bytes {
  const char* data = nullptr;
  size_t size = 0;
};

inline Bytes bytes_of(const char* text) {
  size_t size = 0;
  while (text[size] != '\0') ++size;
  return {text, size};
}

// What follows `prefix` in `text`; data is null where text does not start with it.
inline Bytes after_prefix(Bytes text, Bytes prefix) {
  if (text.size < prefix.size) return {};
  for (size_t i = 0; i < prefix.size; ++i) {
    if (text.data[i] != prefix.data[i]) return {};
  }
  return {text.data + prefix.size, text.size - prefix.size};
}

// The decimal number at the start of `text`, or -1; at most 18 digits are looked at.
inline int64_t parse_number(Bytes text) {
  int64_t value = -1;
  for (size_t i = 0; i < text.size && i < 18 && text.data[i] >= '0' && text.data[i] <= '9'; ++i) {
    value = (value < 0 ? 0 : value) * 10 + (text.data[i] - '0');
  }
  return value;
}

template <size_t kCapacity>
class Text {
 public:
  Bytes bytes() const { return {data_, size_}; }
  // Zero-terminated: the last byte of the buffer is never written.
  const char* c_string() const { return data_; }
  size_t room() const { return kCapacity - 1 - size_; }
  void clear() { size_ = 0; }

  void add(char c) {
    if (room() > 0) data_[size_++] = c;
  }
  void add(Bytes text) {
    const size_t n = text.size < room() ? text.size : room();
    memcpy(data_ + size_, text.data, n);
    size_ += n;
  }
  void add(const char* text) { add(bytes_of(text)); }

  // In `base` 10 or 16, with leading zeros up to `width`.
  void add_number(uint64_t value, unsigned base = 10, size_t width = 1) {
    char digits[20];
    size_t n = 0;
    for (; n < sizeof digits && (value > 0 || n < width); value /= base) {
      digits[n++] = "0123456789abcdef"[value % base];
    }
    while (n > 0) add(digits[--n]);
  }

 private:
  char data_[kCapacity] = {};
  size_t size_ = 0;
};

}  // namespace es::shim
