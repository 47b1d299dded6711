#pragma once
// Platform: which machine code runs on a node, in the words of the OCI image specification ("amd64", "arm64", "arm" with variant "v6" or "v7").

#include <string>

#include "core/base/fields.h"

namespace es {

struct Platform {
  std::string architecture;
  std::string os;
  std::string variant;  // "v6", "v7", "v8" for arm; else empty

  static constexpr auto fields() {
    return std::tuple{field(1, "Architecture", &Platform::architecture), field(2, "OS", &Platform::os),
                      field(3, "Variant", &Platform::variant)};
  }
  bool operator==(const Platform&) const = default;
};

}  // namespace es
