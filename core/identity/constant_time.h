#pragma once
// Comparison of secrets whose time does not tell how much of a guess was right.

#include <string_view>

namespace es::identity {

// Takes time that depends on the sizes alone. The sizes are not secret.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace es::identity
