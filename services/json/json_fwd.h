#pragma once
// Json by name, for headers that only pass it on: json.h takes a compiler a second more.

#include "nlohmann/json_fwd.hpp"

namespace es::json {

// Objects keep the order in which their members were added, as Docker's answers do.
using Json = nlohmann::ordered_json;

}  // namespace es::json
