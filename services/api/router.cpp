#include "services/api/router.h"

#include <charconv>

namespace es::api {

namespace {

bool is_number(std::string_view digits, int& number) {
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return code == std::errc() && end == digits.data() + digits.size() && number >= 0;
}

}  // namespace

Result<std::string_view> without_version(std::string_view path) {
  const std::string_view first = path.substr(0, path.find('/', 1));
  const size_t dot = first.find('.');
  if (!first.starts_with("/v") || dot == std::string_view::npos) return path;
  int major = 0;
  int minor = 0;
  if (!is_number(first.substr(2, dot - 2), major) || !is_number(first.substr(dot + 1), minor)) {
    return not_found("page not found");
  }
  const std::string asked = "client version " + std::string(first.substr(2));
  if (major < 1 || (major == 1 && minor < kApiMinorMin)) {
    return invalid(asked + " is too old. Minimum supported API version is " + std::string(kApiVersionMin) +
                   ", please upgrade your client to a newer version");
  }
  if (major > 1 || minor > kApiMinor) {
    return invalid(asked + " is too new. Maximum supported API version is " + std::string(kApiVersion));
  }
  path.remove_prefix(first.size());
  return path;
}

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> arguments;
  while (!pattern.empty()) {
    const size_t brace = pattern.find('{');
    const std::string_view literal = pattern.substr(0, brace);
    if (!path.starts_with(literal)) return std::nullopt;
    path.remove_prefix(literal.size());
    if (brace == std::string_view::npos) break;
    const size_t close = pattern.find('}', brace);
    const bool is_many = close - brace > 1;
    pattern.remove_prefix(close + 1);
    // What follows the placeholder is literal: a name of many segments ends where that begins for the last time.
    const size_t end = is_many ? (pattern.empty() ? path.size() : path.rfind(pattern)) : std::min(path.find('/'), path.size());
    if (end == 0 || end == std::string_view::npos) return std::nullopt;
    arguments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  if (!path.empty()) return std::nullopt;
  return arguments;
}

Result<Found> find_route(std::span<const Route> routes, std::string_view method, std::string_view path) {
  if (method == "HEAD") method = "GET";
  for (const Route& route : routes) {
    if (route.method != method) continue;
    if (auto arguments = match(route.pattern, path)) return Found{&route, std::move(*arguments)};
  }
  return not_found("page not found");
}

}  // namespace es::api
