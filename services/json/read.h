#pragma once
// read(json, value): fills a value from JSON that nobody has checked. What the user wrote is never lost without a word: a member that
// nobody knows, a wrong type and a number out of range are errors that name the place. null means "not given", as in Go.

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "services/json/json.h"
#include "services/json/path.h"
#include "services/json/shape.h"
#include "services/json/time_text.h"

namespace es::json {

// Members that are not in the document keep what `value` holds, or the default of its form. After an error `value` is of no use.
// Errors: kInvalid, kUnsupported; both name the member.
template <class T>
Status read(const Json& in, T& value, const Path& at = {});

namespace detail {

Status read_bool(const Json& in, bool& value, const Path& at);
Status read_int64(const Json& in, int64_t& value, const Path& at);
Status read_uint64(const Json& in, uint64_t& value, const Path& at);
Status read_double(const Json& in, double& value, const Path& at);
Status read_string(const Json& in, std::string& value, const Path& at);
Status read_time(const Json& in, WallTime& value, const Path& at);
Error unknown_name(std::string_view given, const std::vector<std::string_view>& names, const Path& at);

template <class T>
struct Reader {
  static Status read(const Json& in, T& value, const Path& at)
    requires std::is_integral_v<T>
  {
    using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
    Wide wide = 0;
    if constexpr (std::is_signed_v<T>) ES_CHECK(read_int64(in, wide, at));
    else ES_CHECK(read_uint64(in, wide, at));
    if (wide > std::numeric_limits<T>::max() || wide < std::numeric_limits<T>::min()) {
      return at.error(Errc::kInvalid, "the number is out of range");
    }
    value = static_cast<T>(wide);
    return {};
  }

  // An empty name stands for the default, as it does for Docker.
  static Status read(const Json& in, T& value, const Path& at)
    requires NamedEnum<T>
  {
    std::string name;
    ES_CHECK(read_string(in, name, at));
    if (name.empty() || from_string(name, value)) return {};
    std::vector<std::string_view> names;
    for (const auto& one : enum_names(T{})) names.push_back(one.name);
    return unknown_name(name, names, at);
  }

  static Status read(const Json& in, T& object, const Path& at)
    requires HasFields<T>;
};

template <>
struct Reader<bool> {
  static Status read(const Json& in, bool& value, const Path& at) { return read_bool(in, value, at); }
};

template <>
struct Reader<double> {
  static Status read(const Json& in, double& value, const Path& at) { return read_double(in, value, at); }
};

template <>
struct Reader<std::string> {
  static Status read(const Json& in, std::string& value, const Path& at) { return read_string(in, value, at); }
};

template <>
struct Reader<Duration> {
  static Status read(const Json& in, Duration& value, const Path& at) { return read_int64(in, value.ns, at); }
};

template <>
struct Reader<WallTime> {
  static Status read(const Json& in, WallTime& value, const Path& at) { return read_time(in, value, at); }
};

template <class Tag>
struct Reader<Id<Tag>> {
  static Status read(const Json& in, Id<Tag>& value, const Path& at) {
    std::string text;
    ES_CHECK(read_string(in, text, at));
    const auto id = text.empty() ? Id<Tag>{} : Id<Tag>::parse(text);
    if (!id) return at.error(Errc::kInvalid, "not an id of 25 characters");
    value = *id;
    return {};
  }
};

template <class T>
struct Reader<std::vector<T>> {
  static Status read(const Json& in, std::vector<T>& list, const Path& at) {
    if (!in.is_array()) return at.error(Errc::kInvalid, "expected a list");
    list.clear();
    for (const Json& element : in) {
      T value{};
      ES_CHECK(json::read(element, value, at.element(list.size())));
      list.push_back(std::move(value));
    }
    return {};
  }
};

template <class T>
struct Reader<std::map<std::string, T>> {
  static Status read(const Json& in, std::map<std::string, T>& map, const Path& at) {
    if (!in.is_object()) return at.error(Errc::kInvalid, "expected an object");
    map.clear();
    for (const auto& [key, element] : in.items()) {
      T value{};
      ES_CHECK(json::read(element, value, at.member(key)));
      map.insert_or_assign(key, std::move(value));
    }
    return {};
  }
};

template <class T>
struct Reader<std::optional<T>> {
  static Status read(const Json& in, std::optional<T>& value, const Path& at) {
    T inner{};
    ES_CHECK(json::read(in, inner, at));
    value = std::move(inner);
    return {};
  }
};

// What to do with a member that is not in the field list of T.
template <class T>
Status read_unlisted(std::string_view name, const Json& in, const Path& at) {
  if (is_ignored<T>(name)) return {};
  const Refused* refused = find_refused<T>(name);
  if (refused == nullptr) return invalid("unknown field \"" + at.to_string() + "\"");
  return refused->is_harmless(in) ? Status() : at.error(Errc::kUnsupported, refused->why);
}

template <class T>
Status Reader<T>::read(const Json& in, T& object, const Path& at)
  requires HasFields<T>
{
  if (!in.is_object()) return at.error(Errc::kInvalid, "expected an object");
  for (const auto& item : in.items()) {
    const std::string& name = item.key();
    const Json& element = item.value();
    const Path here = at.member(name);
    bool listed = false;
    Status status;
    for_each_field(object, [&](const auto& one, auto& value) {
      if (listed || one.name != name || is_hidden<T>(one.name)) return;
      listed = true;
      status = json::read(element, value, here);
    });
    if (!listed) status = read_unlisted<T>(name, element, here);
    ES_CHECK(std::move(status));
  }
  return {};
}

}  // namespace detail

template <class T>
Status read(const Json& in, T& value, const Path& at) {
  if (in.is_null()) return {};
  if constexpr (HasForm<T>) {
    using Form = typename Shape<T>::Form;
    Form form{};
    ES_CHECK(detail::Reader<Form>::read(in, form, at));
    auto converted = Shape<T>::from_form(std::move(form));
    if (!converted.ok()) return at.error(converted.error().code, converted.error().message);
    value = std::move(converted).value();
    return {};
  } else {
    return detail::Reader<T>::read(in, value, at);
  }
}

}  // namespace es::json
