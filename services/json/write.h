#pragma once
// write(value): the JSON of anything that a field may hold, by Docker's conventions: durations are nanoseconds, times RFC 3339, ids
// and enumerations strings, and what holds the zero value of its type is left out (Go's omitempty) unless that would
// read back as something else.

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/time.h"
#include "services/json/json.h"
#include "services/json/shape.h"
#include "services/json/time_text.h"

namespace es::json {

template <class T>
Json write(const T& value);

namespace detail {

template <class T>
struct Writer {
  static Json write(const T& value)
    requires std::is_integral_v<T> || std::is_same_v<T, std::string>
  {
    return value;
  }
  static Json write(const T& value)
    requires NamedEnum<T>
  {
    return std::string(to_string(value));
  }
  static Json write(const T& value)
    requires HasFields<T>;
};

// A whole number is written as one: "0", not "0.0".
template <>
struct Writer<double> {
  static Json write(double value) {
    const auto whole = static_cast<int64_t>(value);
    return static_cast<double>(whole) == value ? Json(whole) : Json(value);
  }
};

template <>
struct Writer<Duration> {
  static Json write(Duration value) { return value.ns; }
};

template <>
struct Writer<WallTime> {
  static Json write(WallTime value) { return rfc3339(value); }
};

template <class Tag>
struct Writer<Id<Tag>> {
  static Json write(Id<Tag> value) { return value.to_string(); }
};

template <class T>
struct Writer<std::vector<T>> {
  static Json write(const std::vector<T>& list) {
    Json out = Json::array();
    for (const T& element : list) out.push_back(json::write(element));
    return out;
  }
};

template <class T>
struct Writer<std::map<std::string, T>> {
  static Json write(const std::map<std::string, T>& map) {
    Json out = Json::object();
    // Keys come sorted and unique: append without ordered_json's search for an equal one.
    for (const auto& [key, value] : map) out.get_ref<Json::object_t&>().emplace_back(key, json::write(value));
    return out;
  }
};

template <class T>
struct Writer<std::optional<T>> {
  static Json write(const std::optional<T>& value) { return value ? json::write(*value) : Json(); }
};

template <class T>
Json Writer<T>::write(const T& object)
  requires HasFields<T>
{
  [[maybe_unused]] static const T defaults{};
  Json out = Json::object();
  for_each_field(object, [&](const auto& one, const auto& value) {
    using Member = std::remove_cvref_t<decltype(value)>;
    if (is_hidden<T>(one.name)) return;
    if constexpr (is_flat<Member>()) {
      out.update(json::write(value));
    } else {
      const bool is_zero = value == Member{} && defaults.*(one.member) == Member{};
      if (is_zero && !is_always_written<T>(one.name)) return;
      out[std::string(one.name)] = json::write(value);
    }
  });
  return out;
}

}  // namespace detail

template <class T>
Json write(const T& value) {
  if constexpr (HasForm<T>) return detail::Writer<typename Shape<T>::Form>::write(Shape<T>::to_form(value));
  else return detail::Writer<T>::write(value);
}

}  // namespace es::json
