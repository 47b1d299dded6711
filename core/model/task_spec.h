#pragma once
// TaskSpec: a service's template for its tasks.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/fields.h"
#include "core/base/time.h"
#include "core/model/container_spec.h"
#include "core/model/platform.h"
#include "core/model/resources.h"

namespace es {

enum class RestartCondition : uint8_t { kAny = 0, kOnFailure = 1, kNone = 2 };
constexpr auto enum_names(RestartCondition) {
  return std::array{EnumName{RestartCondition::kAny, "any"}, EnumName{RestartCondition::kOnFailure, "on-failure"},
                    EnumName{RestartCondition::kNone, "none"}};
}

constexpr Duration kDefaultRestartDelay = seconds(5);

struct RestartPolicy {
  RestartCondition condition = RestartCondition::kAny;
  std::optional<Duration> delay;  // kDefaultRestartDelay where not given
  uint64_t max_attempts = 0;      // per slot and spec version; 0: without limit
  Duration window;                // attempts older than this do not count; 0: all count

  static constexpr auto fields() {
    using R = RestartPolicy;
    return std::tuple{field(1, "Condition", &R::condition), field(2, "Delay", &R::delay),
                      field(3, "MaxAttempts", &R::max_attempts), field(4, "Window", &R::window)};
  }
  bool operator==(const RestartPolicy&) const = default;
};

struct SpreadOver {
  std::string descriptor;  // "node.labels.rack"

  static constexpr auto fields() { return std::tuple{field(1, "SpreadDescriptor", &SpreadOver::descriptor)}; }
  bool operator==(const SpreadOver&) const = default;
};

struct PlacementPreference {
  SpreadOver spread;

  static constexpr auto fields() { return std::tuple{field(1, "Spread", &PlacementPreference::spread)}; }
  bool operator==(const PlacementPreference&) const = default;
};

struct Placement {
  std::vector<std::string> constraints;  // "node.labels.az==az1"
  std::vector<PlacementPreference> preferences;
  uint64_t max_replicas = 0;         // per node; 0: without limit
  std::vector<Platform> platforms;   // of the image; empty: any

  static constexpr auto fields() {
    using P = Placement;
    return std::tuple{field(1, "Constraints", &P::constraints), field(2, "Preferences", &P::preferences),
                      field(3, "MaxReplicas", &P::max_replicas), field(4, "Platforms", &P::platforms)};
  }
  bool operator==(const Placement&) const = default;
};

// A network by name or id. The predefined "host" and "none" are the only ones so far.
struct NetworkAttachmentConfig {
  std::string target;
  std::vector<std::string> aliases;

  static constexpr auto fields() {
    return std::tuple{field(1, "Target", &NetworkAttachmentConfig::target),
                      field(2, "Aliases", &NetworkAttachmentConfig::aliases)};
  }
  bool operator==(const NetworkAttachmentConfig&) const = default;
};

struct TaskSpec {
  ContainerSpec container;
  ResourceRequirements resources;
  RestartPolicy restart;
  Placement placement;
  std::vector<NetworkAttachmentConfig> networks;
  uint64_t force_update = 0;
  std::string unknown_fields;

  static constexpr auto fields() {
    using T = TaskSpec;
    return std::tuple{field(1, "ContainerSpec", &T::container), field(2, "Resources", &T::resources),
                      field(3, "RestartPolicy", &T::restart), field(4, "Placement", &T::placement),
                      field(5, "Networks", &T::networks), field(6, "ForceUpdate", &T::force_update)};
  }
  bool operator==(const TaskSpec&) const = default;
};

}  // namespace es
