#pragma once
// What the commands read from the daemon's documents. Whatever is not there, or is of another type,
// is empty or 0.

#include <cstdint>
#include <string>

#include "core/base/time.h"
#include "services/json/json_fwd.h"

namespace es::cli {

using json::Json;

// `pointer` is a JSON pointer (RFC 6901): "/Spec/Name". Null where there is nothing.
const Json& value_at(const Json& document, const char* pointer);
std::string text_at(const Json& document, const char* pointer);
int64_t number_at(const Json& document, const char* pointer);
bool flag_at(const Json& document, const char* pointer);
WallTime time_at(const Json& document, const char* pointer);
// The text of an element of a list, which may be anything.
std::string text_of(const Json& value);

}  // namespace es::cli
