#include "services/api/base64.h"

#include <cstdint>

namespace es::api {

std::string base64_encode(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j) bits = bits << 8 | (j < group.size() ? static_cast<uint8_t>(group[j]) : 0u);
    for (size_t j = 0; j < 4; ++j) out.push_back(j <= group.size() ? kDigits[bits >> (18 - 6 * j) & 63] : '=');
  }
  return out;
}

}  // namespace es::api
