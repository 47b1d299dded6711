#pragma once
// JSON text in and out, with bounds.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "nlohmann/json.hpp"
#include "services/json/json_fwd.h"

namespace es::json {

constexpr size_t kMaxTextBytes = 4 << 20;
constexpr int kMaxDepth = 64;  // arrays and objects inside each other

// One JSON value and nothing behind it. Of two members of an object with the same name the last one counts, as in Go.
// Errors: kInvalid with one sentence, also for a text that is nested too deeply; kLimit for one that is too long.
Result<Json> parse(std::string_view text);

// One line without spaces. Bytes that are not UTF-8 become U+FFFD: a task's error text may hold anything.
std::string print(const Json& value);

}  // namespace es::json
