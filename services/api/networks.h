#pragma once
// The predefined networks: the only ones so far.

#include <optional>
#include <string>
#include <string_view>

namespace es::api {

// "host" or "none", for a name or an id of one of them.
std::optional<std::string> predefined_network(std::string_view name_or_id);

}  // namespace es::api
