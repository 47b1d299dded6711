#pragma once
// Hash64: FNV-1a over bytes, for trace hashes and bucket choices; not for anything an attacker may choose.

#include <cstdint>
#include <string_view>

namespace es {

class Hash64 {
 public:
  constexpr void add(std::string_view bytes) {
    for (const char c : bytes) value_ = (value_ ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  // Little-endian on every machine, so that x86 and ARM agree.
  constexpr void add(uint64_t number) {
    for (int i = 0; i < 8; ++i) value_ = (value_ ^ ((number >> (8 * i)) & 0xff)) * 0x100000001b3;
  }
  constexpr uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace es
