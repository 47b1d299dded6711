#pragma once
// FastHash: as Hash64, eight bytes at a time. Nothing outside of one run of the simulator depends on its values, so they may change; they are the
// same on every machine.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace es::sim {

class FastHash {
 public:
  void add(uint64_t number) { value_ = std::rotl(value_ ^ number, 29) * 0x9e3779b97f4a7c15; }
  void add(std::string_view bytes) {
    add(uint64_t{bytes.size()});
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) add(word(bytes, 8));
    if (!bytes.empty()) add(word(bytes, bytes.size()));
  }
  uint64_t value() const { return value_ ^ value_ >> 32; }

 private:
  static uint64_t word(std::string_view bytes, size_t count) {
    static_assert(std::endian::native == std::endian::little);
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), count);
    return word;
  }

  uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace es::sim
