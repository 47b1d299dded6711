#include "services/json/read.h"

#include <algorithm>

namespace es::json {

bool is_empty(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return true;
    case Json::value_t::boolean: return !value.get<bool>();
    case Json::value_t::number_integer: return value.get<int64_t>() == 0;
    case Json::value_t::number_unsigned: return value.get<uint64_t>() == 0;
    case Json::value_t::number_float: return value.get<double>() == 0;
    case Json::value_t::string: return value.get_ref<const std::string&>().empty();
    case Json::value_t::array: return value.empty();
    case Json::value_t::object: return std::ranges::all_of(value, [](const Json& inner) { return is_empty(inner); });
    default: return false;
  }
}

namespace detail {

Status read_bool(const Json& in, bool& value, const Path& at) {
  if (!in.is_boolean()) return at.error(Errc::kInvalid, "expected true or false");
  value = in.get<bool>();
  return {};
}

Status read_int64(const Json& in, int64_t& value, const Path& at) {
  if (!in.is_number_integer()) return at.error(Errc::kInvalid, "expected a whole number");
  if (in.is_number_unsigned() && in.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()}) {
    return at.error(Errc::kInvalid, "the number is out of range");
  }
  value = in.get<int64_t>();
  return {};
}

Status read_uint64(const Json& in, uint64_t& value, const Path& at) {
  if (!in.is_number_integer()) return at.error(Errc::kInvalid, "expected a whole number");
  if (!in.is_number_unsigned()) return at.error(Errc::kInvalid, "the number may not be negative");
  value = in.get<uint64_t>();
  return {};
}

Status read_double(const Json& in, double& value, const Path& at) {
  if (!in.is_number()) return at.error(Errc::kInvalid, "expected a number");
  value = in.get<double>();
  return {};
}

Status read_string(const Json& in, std::string& value, const Path& at) {
  if (!in.is_string()) return at.error(Errc::kInvalid, "expected a text");
  value = in.get<std::string>();
  return {};
}

Status read_time(const Json& in, WallTime& value, const Path& at) {
  std::string text;
  ES_CHECK(read_string(in, text, at));
  auto time = parse_rfc3339(text);
  if (!time.ok()) return at.error(Errc::kInvalid, time.error().message);
  value = *time;
  return {};
}

Error unknown_name(std::string_view given, const std::vector<std::string_view>& names, const Path& at) {
  std::string what = "\"" + std::string(given.substr(0, 64)) + "\" is none of ";
  bool first = true;
  for (const std::string_view name : names) {
    if (name.empty()) continue;
    what += (first ? "" : ", ") + std::string(name);
    first = false;
  }
  return at.error(Errc::kInvalid, what);
}

}  // namespace detail
}  // namespace es::json
