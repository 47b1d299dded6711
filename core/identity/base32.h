#pragma once
// Bytes as text that a person may have to read aloud: Crockford's base 32 (no i, l, o, u; either
// case is read, and the look-alikes too). Each character is exactly five bits, so that a wrong one
// is a burst that the token's checksum cannot miss.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace es::identity {

std::string base32_encode(std::string_view bytes);
// Nothing for a character outside the alphabet, or when the bits left over at the end are not zero.
std::optional<std::string> base32_decode(std::string_view text);

// 0..31, or -1.
int base32_value(char c);

constexpr size_t base32_length(size_t bytes) { return (bytes * 8 + 4) / 5; }

}  // namespace es::identity
