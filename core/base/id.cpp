#include "core/base/id.h"

#include <algorithm>

namespace es {

namespace {

// Divides in place, 32 bits at a time (armv7 has no 128-bit integers), and returns the remainder.
uint32_t divide(std::array<uint32_t, 4>& words, uint32_t divisor) {
  uint64_t remainder = 0;
  for (uint32_t& word : words) {
    const uint64_t part = (remainder << 32) | word;
    word = static_cast<uint32_t>(part / divisor);
    remainder = part % divisor;
  }
  return static_cast<uint32_t>(remainder);
}

// words = words * factor + addend; false when the result needs more than 128 bits.
bool multiply_add(std::array<uint32_t, 4>& words, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    const uint64_t part = uint64_t{*word} * factor + carry;
    *word = static_cast<uint32_t>(part);
    carry = part >> 32;
  }
  return carry == 0;
}

}  // namespace

std::string base36_encode(Uint128 value, int digits) {
  std::array<uint32_t, 4> words{
      static_cast<uint32_t>(value.high >> 32), static_cast<uint32_t>(value.high),
      static_cast<uint32_t>(value.low >> 32), static_cast<uint32_t>(value.low)};
  std::string text(static_cast<size_t>(digits), '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit) {
    *digit = "0123456789abcdefghijklmnopqrstuvwxyz"[divide(words, 36)];
  }
  return text;
}

std::optional<Uint128> base36_decode(std::string_view text) {
  std::array<uint32_t, 4> words{};
  for (const char c : text) {
    uint32_t digit = 0;
    if (c >= '0' && c <= '9') digit = static_cast<uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'z') digit = static_cast<uint32_t>(c - 'a' + 10);
    else return std::nullopt;
    if (!multiply_add(words, 36, digit)) return std::nullopt;
  }
  return Uint128{(uint64_t{words[0]} << 32) | words[1], (uint64_t{words[2]} << 32) | words[3]};
}

}  // namespace es
