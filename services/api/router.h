#pragma once
// Router: from method and path to a handler. Patterns are paths in which {} stands for one segment and {...} for one or more, because
// names of images contain slashes.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "services/api/call.h"

namespace es::api {

// Docker's API: what is offered, and the oldest version that is still understood.
constexpr int kApiMajor = 1;
constexpr int kApiMinor = 44;
constexpr int kApiMinorMin = 40;
constexpr std::string_view kApiVersion = "1.44";
constexpr std::string_view kApiVersionMin = "1.40";

// What has to hold before a handler is called.
enum class Access {
  kAnyone,   // any node, also one that is in no swarm
  kManager,  // a manager; its tables may be a moment behind
  kFresh,    // a manager whose tables hold every write that was acknowledged before
};

struct Route {
  std::string_view method;
  std::string_view pattern;
  Access access;
  void (*handle)(const CallPtr& call);
};

// "/v1.44/nodes" becomes "/nodes"; a path without a version is of the newest. Errors: kInvalid, in Docker's words, for a version
// that is not spoken.
Result<std::string_view> without_version(std::string_view path);

// The segments for {} and {...}; nothing where the path does not fit.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path);

// GET and HEAD are one. Errors: kNotFound in Docker's words.
struct Found {
  const Route* route = nullptr;
  std::vector<std::string> arguments;
};
Result<Found> find_route(std::span<const Route> routes, std::string_view method, std::string_view path);

}  // namespace es::api
