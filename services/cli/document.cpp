#include "services/cli/document.h"

#include "services/json/json.h"
#include "services/json/time_text.h"

namespace es::cli {

const Json& value_at(const Json& document, const char* pointer) {
  static const Json kNone;
  const Json::json_pointer place(pointer);
  return document.contains(place) ? document.at(place) : kNone;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string text_at(const Json& document, const char* pointer) {
  return text_of(value_at(document, pointer));
}

int64_t number_at(const Json& document, const char* pointer) {
  const Json& value = value_at(document, pointer);
  return value.is_number() ? value.get<int64_t>() : 0;
}

bool flag_at(const Json& document, const char* pointer) {
  const Json& value = value_at(document, pointer);
  return value.is_boolean() && value.get<bool>();
}

WallTime time_at(const Json& document, const char* pointer) {
  auto time = json::parse_rfc3339(text_at(document, pointer));
  return std::move(time).value_or(WallTime{});
}

}  // namespace es::cli
