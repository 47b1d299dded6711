#pragma once
// Questions to JSON whose other members do not concern us, as in manifests and configurations,
// which every tool extends. What is missing or null is empty; what has a wrong type is an error.

#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "services/json/json.h"

namespace es::images {

// The member, or null. Errors (of all): kInvalid with the member's name.
const json::Json& member(const json::Json& object, const char* name);
Result<std::string> text_member(const json::Json& object, const char* name);
Result<std::vector<std::string>> texts_member(const json::Json& object, const char* name);
Result<std::map<std::string, std::string>> text_map_member(const json::Json& object,
                                                           const char* name);
// The names in an object that is used as a set: {"80/tcp": {}}.
Result<std::vector<std::string>> names_member(const json::Json& object, const char* name);
// The objects of a list.
Result<std::vector<const json::Json*>> objects_member(const json::Json& object, const char* name);

}  // namespace es::images
