#include "tests/sim/trace.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "core/base/fields.h"
#include "core/wire/log_stream.h"

namespace es::sim {

namespace {

constexpr size_t kTextMax = 24;
constexpr size_t kIdMax = 6;
constexpr int kDepthMax = 3;

// The name of a type without its namespaces, as the compiler writes it.
template <class T>
std::string kind_of() {
  const std::string_view whole = __PRETTY_FUNCTION__;
  size_t begin = whole.find("T = ");
  if (begin == std::string_view::npos) return "?";
  begin += 4;
  std::string_view name = whole.substr(begin, whole.find_first_of(";]", begin) - begin);
  const size_t colon = name.rfind("::");
  return std::string(colon == std::string_view::npos ? name : name.substr(colon + 2));
}

template <class T> struct IsVariant : std::false_type {};
template <class... T> struct IsVariant<std::variant<T...>> : std::true_type {};
template <class T> struct IsOptional : std::false_type {};
template <class T> struct IsOptional<std::optional<T>> : std::true_type {};
template <class T> struct IsId : std::false_type {};
template <class T> struct IsId<Id<T>> : std::true_type {};

std::string text_of(std::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (printable && text.size() <= kTextMax) return "'" + std::string(text) + "'";
  return std::to_string(text.size()) + " B";
}

template <class T>
std::string brief(const T& value, int depth);

template <class T>
std::string brief_fields(const T& object, int depth) {
  [[maybe_unused]] static const T kDefault{};
  std::string out;
  for_each_field(object, [&](const auto& one, const auto& member) {
    if (member == kDefault.*(one.member)) return;
    out += " " + std::string(one.name) + "=" + brief(member, depth + 1);
  });
  return out;
}

template <class T>
std::string brief(const T& value, int depth) {
  if constexpr (std::is_same_v<T, std::string>) return text_of(value);
  else if constexpr (IsId<T>::value) return value.to_string().substr(0, kIdMax);
  else if constexpr (std::is_same_v<T, bool>) return value ? "yes" : "no";
  else if constexpr (NamedEnum<T>) return std::string(to_string(value));
  else if constexpr (std::is_enum_v<T>) return std::to_string(static_cast<int>(value));
  else if constexpr (std::is_integral_v<T>) return std::to_string(value);
  else if constexpr (requires { value.ns; }) return std::to_string(value.ns / 1'000'000) + "ms";
  else if constexpr (IsOptional<T>::value) return value ? brief(*value, depth) : "-";
  else if constexpr (IsVariant<T>::value) {
    return std::visit([&](const auto& one) {
      using One = std::remove_cvref_t<decltype(one)>;
      if constexpr (HasFields<One>) return kind_of<One>() + brief(one, depth);
      else return kind_of<One>();
    }, value);
  } else if constexpr (HasFields<T>) {
    return depth >= kDepthMax ? "{…}" : "{" + brief_fields(value, depth) + " }";
  } else if constexpr (requires { value.size(); }) {
    return "[" + std::to_string(value.size()) + "]";
  } else {
    return "?";
  }
}

std::string message_text(const node::Message& message) {
  return std::visit([](const auto& body) {
    using Body = std::remove_cvref_t<decltype(body)>;
    return kind_of<Body>() + brief_fields(body, 1);
  }, message.body);
}

std::string status_text(const Status& status) { return status.ok() ? "ok" : status.error().message; }

std::string batch_text(const ports::Batch& batch) {
  std::string out;
  if (batch.reset_log) out += " reset";
  if (batch.snapshot) out += " snapshot to " + std::to_string(batch.snapshot->index);
  if (batch.truncate_from) out += " truncate from " + std::to_string(*batch.truncate_from);
  if (!batch.entries.empty()) {
    out += " entries " + std::to_string(batch.entries.front().index) + ".." +
           std::to_string(batch.entries.back().index);
  }
  if (batch.hard_state) {
    out += " term " + std::to_string(batch.hard_state->term) + " vote " +
           std::to_string(batch.hard_state->vote);
  }
  for (const auto& [name, value] : batch.facts) out += " " + name + (value ? "" : " gone");
  return out;
}

// What the generic text does not know: events and effects have no field lists.
template <class T>
std::string detail(const T& one) {
  if constexpr (requires { one.batch; }) return " #" + std::to_string(one.id) + batch_text(one.batch);
  else if constexpr (std::is_same_v<T, node::Persisted>) {
    return " #" + std::to_string(one.id) + " " + status_text(one.status);
  } else if constexpr (requires { one.message; one.to; }) {
    return " " + brief(one.to, 0) + " " + message_text(one.message);
  } else if constexpr (requires { one.message; one.from; }) {
    return " " + brief(one.from.node, 0) + " " + message_text(one.message);
  } else if constexpr (requires { one.message; }) return " " + message_text(one.message);
  else if constexpr (requires { one.command; }) {
    return " #" + std::to_string(one.request) + " " + brief(one.command, 1);
  } else if constexpr (requires { one.outcome; one.request; }) {
    return " #" + std::to_string(one.request) + " " + (one.outcome.ok() ? "ok" : one.outcome.error().message);
  } else if constexpr (requires { one.config.task; }) return " " + brief(one.config.task, 0);
  else if constexpr (requires { one.event; one.task; }) {
    return " " + brief(one.task, 0) + " " + std::visit([](const auto& e) {
      return kind_of<std::remove_cvref_t<decltype(e)>>();
    }, one.event);
  } else if constexpr (requires { one.task; }) return " " + brief(one.task, 0);
  else if constexpr (requires { one.node; }) return " " + brief(one.node, 0);
  else if constexpr (requires { one.text; }) return " " + one.text;
  else if constexpr (requires { one.reason; }) return " " + one.reason;
  else if constexpr (requires { one.bytes.size(); }) return " " + std::to_string(one.bytes.size()) + " B";
  else return "";
}

template <class Variant>
std::string describe_any(const Variant& value) {
  return std::visit([](const auto& one) {
    using One = std::remove_cvref_t<decltype(one)>;
    return kind_of<One>() + detail(one);
  }, value);
}

}  // namespace

void Trace::add(Instant at, std::string_view who, std::string_view what) {
  char time[32];
  std::snprintf(time, sizeof time, "%10.6f", static_cast<double>(at.ns) / 1e9);
  lines_.push_back(std::string(time) + "  " + std::string(who) + "  " + std::string(what));
  if (lines_.size() > keep_) lines_.pop_front();
}

std::string describe(const node::EventBody& event) { return describe_any(event); }
std::string describe(const node::Effect& effect) { return describe_any(effect); }

}  // namespace es::sim
