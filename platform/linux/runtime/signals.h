#pragma once
// Signal names, as an image or a service gives them.

#include <optional>
#include <string_view>

namespace es::runtime {

// "SIGTERM", "TERM", "term", "15", "SIGRTMIN+3"; empty means SIGTERM. Nothing for anything else.
std::optional<int> parse_signal(std::string_view name);

}  // namespace es::runtime
