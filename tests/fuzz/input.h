#pragma once
// Input: the bytes of a fuzzer, taken apart in order. Whatever is missing at the end is zero.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/assert.h"

namespace es::fuzz {

class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool done() const { return rest_.empty(); }
  uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  // 0..bound-1
  size_t below(size_t bound) {
    size_t value = byte();
    if (bound > 256) value = value * 256 + byte();
    if (bound > 65'536) value = value * 256 + byte();
    return value % bound;
  }
  // Small numbers mostly, sometimes the largest.
  uint64_t number() {
    const uint8_t kind = byte();
    if (kind < 200) return kind;
    if (kind < 250) return (uint64_t{kind} << 8 | byte()) * 1'000;
    return ~uint64_t{0} - (kind - 250);
  }
  std::string text(size_t at_most) {
    const size_t size = std::min(below(at_most + 1), rest_.size());
    return take(size);
  }
  std::string rest() { return take(rest_.size()); }
  std::string_view view() const { return rest_; }

 private:
  std::string take(size_t size) {
    const std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

}  // namespace es::fuzz
