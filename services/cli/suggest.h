#pragma once
// "did you mean …?"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace es::cli {

// The candidate that was most likely meant; nothing when none is close.
std::optional<std::string> nearest(std::string_view given,
                                   const std::vector<std::string>& candidates);

}  // namespace es::cli
