// What a service specification must be, in SwarmKit's words where its users know them
// (manager/controlapi/service.go).

#include "core/orchestrator/validate.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

#include "core/model/image_reference.h"
#include "core/model/longest_duration.h"
#include "core/orchestrator/command.h"
#include "core/state/constraint.h"
#include "core/wire/codec.h"

namespace es::orchestrator {

namespace {

constexpr size_t kMaxNameLength = 63;
constexpr int64_t kMinCpuNano = 1'000'000;
constexpr int64_t kMinMemoryBytes = 4 * 1024 * 1024;
constexpr uint64_t kMaxReplicas = 10'000;
constexpr size_t kMaxSpecBytes = 512 * 1024;  // a change must hold a service and its previous spec
constexpr size_t kMaxTasksBytes = 64 << 20;   // each task of a service has its specification
constexpr size_t kMaxNodeSpecBytes = 128 * 1024;  // and of a cluster

// Far above what people write, and low enough that work which goes through a list for every node or
// every task stays small. All are below wire::kMaxElements: what is accepted can be read again.
constexpr size_t kMaxLabels = 4'096;
constexpr size_t kMaxTexts = 4'096;  // of a command line, an environment, hosts, groups
constexpr size_t kMaxMounts = 256;
constexpr size_t kMaxConstraints = 128;  // each is compared with every node
constexpr size_t kMaxPreferences = 32;
constexpr size_t kMaxSettings = 256;  // ulimits, sysctls, capabilities, generic resources
constexpr size_t kMaxPlatforms = 64;
constexpr size_t kMaxAliases = 256;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

struct Count {
  size_t is;
  size_t at_most;
  const char* what;
};

Status check_counts(const char* of, std::initializer_list<Count> counts) {
  for (const Count& count : counts) {
    if (count.is <= count.at_most) continue;
    return invalid(std::string(of) + " can have at most " + std::to_string(count.at_most) + " " +
                   count.what + ", not " + std::to_string(count.is));
  }
  return {};
}

// What a sentence shows of a text that may be very long.
std::string shortened(const std::string& text) {
  constexpr size_t kShownBytes = 128;
  return text.substr(0, kShownBytes) + (text.size() > kShownBytes ? "..." : "");
}

Status check_longest(const std::string& what, Duration value) {
  if (value <= kLongestDuration) return {};
  return invalid(what + " cannot be " + std::to_string(value.ns) + " ns: at most " + std::to_string(kLongestDuration.ns) +
                 " ns (100 years) are possible");
}

Status check_duration(const std::string& what, Duration value) {
  if (value.ns < 0) return invalid(what + " cannot be negative");
  return check_longest(what, value);
}

// Swarm's ^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_]*[a-zA-Z0-9])?$: services are reached under their names.
Status validate_name(const std::string& name) {
  if (name.empty()) return invalid("meta: name must be provided");
  if (name.size() > kMaxNameLength) return invalid("meta: name must be 63 characters or fewer");
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
  if (!plain || !is_alphanumeric(name.front()) || !is_alphanumeric(name.back())) {
    return invalid("name must be valid as a DNS name component");
  }
  return {};
}

Status validate_amounts(const Resources& resources) {
  if (resources.cpu_nano != 0 && resources.cpu_nano < kMinCpuNano) {
    return invalid("invalid cpu value " + std::to_string(resources.cpu_nano) +
                   " nano: Must be at least 0.001");
  }
  if (resources.memory_bytes != 0 && resources.memory_bytes < kMinMemoryBytes) {
    return invalid("invalid memory value " + std::to_string(resources.memory_bytes) +
                   ": Must be at least 4MiB");
  }
  if (resources.pids < 0)
    return invalid("invalid pids limit " + std::to_string(resources.pids) +
                   ": Must not be negative");
  for (const auto& [kind, count] : resources.generic) {
    if (kind.empty()) return invalid("generic resource without a kind");
    if (count < 0)
      return invalid("invalid count of generic resource " + kind + ": Must not be negative");
  }
  return {};
}

Status validate_resources(const ResourceRequirements& resources) {
  const Resources& limits = resources.limits;
  const Resources& reservations = resources.reservations;
  ES_CHECK(validate_amounts(limits));
  ES_CHECK(validate_amounts(reservations));
  // A task that may not use what it reserves would keep it from others for nothing.
  if (limits.memory_bytes != 0 && reservations.memory_bytes > limits.memory_bytes) {
    return invalid("the memory reservation is above the memory limit");
  }
  if (limits.cpu_nano != 0 && reservations.cpu_nano > limits.cpu_nano) {
    return invalid("the CPU reservation is above the CPU limit");
  }
  if (!limits.generic.empty()) return invalid("generic resources can be reserved, not limited");
  return {};
}

Status validate_restart(const RestartPolicy& policy) {
  if (policy.condition > RestartCondition::kNone)
    return invalid("TaskSpec: unknown restart condition");
  ES_CHECK(check_duration("TaskSpec: restart-delay", policy.delay.value_or(Duration{})));
  return check_duration("TaskSpec: restart-window", policy.window);
}

Status validate_placement(const Placement& placement) {
  ES_TRY([[maybe_unused]] const auto constraints, state::parse_constraints(placement.constraints));
  for (const PlacementPreference& preference : placement.preferences) {
    if (preference.spread.descriptor.empty())
      return invalid("a placement preference needs a label to spread over");
  }
  return {};
}

Status validate_mount(const Mount& mount) {
  const auto wrong = [&](const std::string& what) {
    return invalid("ContainerSpec: mount \"" + shortened(mount.target) + "\": " + what);
  };
  if (mount.type > MountType::kTmpfs) return wrong("unknown type");
  if (!mount.target.starts_with('/')) return wrong("the target must be an absolute path");
  const std::string path = "/" + mount.target + "/";
  if (path.find("/../") != std::string::npos) return wrong("the target must not contain \"..\"");
  switch (mount.type) {
    case MountType::kBind:
      if (!mount.source.starts_with('/'))
        return wrong("the source of a bind mount must be an absolute path");
      break;
    case MountType::kVolume:
      if (mount.source.find('/') != std::string::npos)
        return wrong("the source of a volume is its name, not a path");
      break;
    case MountType::kTmpfs:
      if (!mount.source.empty()) return wrong("a tmpfs has no source");
      if (mount.tmpfs_size_bytes < 0) return wrong("the size of a tmpfs cannot be negative");
      break;
  }
  return {};
}

Status validate_container(const ContainerSpec& container) {
  if (container.image.empty()) return invalid("ContainerSpec: image reference must be provided");
  if (!ImageReference::parse(container.image)) {
    return invalid("ContainerSpec: \"" + shortened(container.image) +
                   "\" is not a valid repository/tag");
  }
  std::set<std::string_view> targets;
  for (const Mount& mount : container.mounts) {
    ES_CHECK(validate_mount(mount));
    if (!targets.insert(mount.target).second) {
      return invalid("ContainerSpec: duplicate mount point: " + shortened(mount.target));
    }
  }
  for (const std::string& variable : container.env) {
    if (variable.empty() || variable.front() == '=')
      return invalid("ContainerSpec: invalid environment variable: \"" + shortened(variable) +
                     "\"");
  }
  return check_duration("ContainerSpec: stop-grace-period", container.stop_grace_period.value_or(Duration{}));
}

Status validate_update(const std::optional<UpdateConfig>& config, const std::string& which) {
  if (!config) return {};
  ES_CHECK(check_duration("TaskSpec: " + which + "-delay", config->delay));
  ES_CHECK(check_duration("TaskSpec: " + which + "-monitor", config->monitor.value_or(Duration{})));
  if (config->max_failure_ratio_millionths > 1'000'000) {
    return invalid("TaskSpec: " + which +
                   "-maxfailureratio cannot be less than 0 or bigger than 1");
  }
  return {};
}

// That the specification alone says; 0 for global ones.
uint64_t tasks_of(const ServiceMode& mode) {
  if (mode.replicated) return mode.replicated->replicas.value_or(1);
  if (!mode.replicated_job) return 0;
  return std::max(mode.replicated_job->max_concurrent.value_or(1),
                  mode.replicated_job->total_completions.value_or(1));
}

Status validate_mode(const ServiceSpec& spec) {
  const ServiceMode& mode = spec.mode;
  const int given = mode.replicated.has_value() + mode.global.has_value() +
                    mode.replicated_job.has_value() + mode.global_job.has_value();
  if (given != 1) return invalid("exactly one service mode must be given");
  const bool job = mode.replicated_job || mode.global_job;
  if (job && (spec.update || spec.rollback))
    return invalid("job-mode services cannot have update or rollback options");
  if (spec.task.placement.max_replicas > 0 && !mode.replicated && !mode.replicated_job) {
    return invalid("a limit of replicas per node needs a replicated service");
  }
  if (tasks_of(mode) > kMaxReplicas)
    return invalid("at most " + std::to_string(kMaxReplicas) + " replicas are possible");
  return {};
}

Status validate_networks(const std::vector<NetworkAttachmentConfig>& networks) {
  for (const NetworkAttachmentConfig& network : networks) {
    if (network.target != "host" && network.target != "none") {
      return Error{Errc::kUnsupported, "network \"" + shortened(network.target) +
                                           "\" is not available: services can use host and none"};
    }
  }
  if (networks.size() > 1) return invalid("host and none cannot be combined with other networks");
  return {};
}

// First of all: what comes after may go through the lists more than once.
Status validate_sizes(const ServiceSpec& spec) {
  const ContainerSpec& container = spec.task.container;
  const Placement& placement = spec.task.placement;
  ES_CHECK(check_counts("a service", {{spec.labels.size(), kMaxLabels, "labels"},
                                      {placement.constraints.size(), kMaxConstraints, "constraints"},
                                      {placement.preferences.size(), kMaxPreferences,
                                       "placement preferences"},
                                      {placement.platforms.size(), kMaxPlatforms, "platforms"}}));
  for (const NetworkAttachmentConfig& network : spec.task.networks) {
    ES_CHECK(check_counts("a network", {{network.aliases.size(), kMaxAliases, "aliases"}}));
  }
  for (const Resources* one : {&spec.task.resources.limits, &spec.task.resources.reservations}) {
    ES_CHECK(check_counts("a service", {{one->generic.size(), kMaxSettings, "generic resources"}}));
  }
  return check_counts("a container",
                      {{container.labels.size(), kMaxLabels, "labels"},
                       {container.env.size(), kMaxTexts, "environment variables"},
                       {container.command.size(), kMaxTexts, "words in its command"},
                       {container.args.size(), kMaxTexts, "arguments"},
                       {container.mounts.size(), kMaxMounts, "mounts"},
                       {container.hosts.size(), kMaxTexts, "hosts"},
                       {container.groups.size(), kMaxSettings, "groups"},
                       {container.ulimits.size(), kMaxSettings, "ulimits"},
                       {container.sysctls.size(), kMaxSettings, "sysctls"},
                       {container.capability_add.size(), kMaxSettings, "added capabilities"},
                       {container.capability_drop.size(), kMaxSettings, "dropped capabilities"}});
}

Status check_size(const char* what, size_t bytes) {
  if (bytes <= kMaxNodeSpecBytes) return {};
  return invalid(std::string(what) + " would have " + std::to_string(bytes) + " bytes; at most " +
                 std::to_string(kMaxNodeSpecBytes) + " are possible");
}

}  // namespace

Status validate(const NodeSpec& spec) {
  ES_CHECK(check_counts("a node", {{spec.labels.size(), kMaxLabels, "labels"}}));
  if (spec.role > NodeRole::kManager) return invalid("unknown node role");
  if (spec.availability > NodeAvailability::kDrain) return invalid("unknown node availability");
  return check_size("the node's specification", wire::encode(spec).size());
}

Status validate(const ClusterSpec& spec) {
  ES_CHECK(check_counts("a cluster", {{spec.labels.size(), kMaxLabels, "labels"}}));
  if (spec.node_certificate_validity < hours(1))
    return invalid("certificate expiry must be at least 1 hour");
  ES_CHECK(check_longest("certificate expiry", spec.node_certificate_validity));
  return check_size("the cluster's specification", wire::encode(spec).size());
}

Status validate(const ServiceSpec& spec) {
  ES_CHECK(validate_sizes(spec));
  ES_CHECK(validate_name(spec.name));
  ES_CHECK(validate_resources(spec.task.resources));
  ES_CHECK(validate_restart(spec.task.restart));
  ES_CHECK(validate_placement(spec.task.placement));
  ES_CHECK(validate_container(spec.task.container));
  ES_CHECK(validate_networks(spec.task.networks));
  ES_CHECK(validate_mode(spec));
  ES_CHECK(validate_update(spec.update, "update"));
  ES_CHECK(validate_update(spec.rollback, "rollback"));
  const size_t bytes = wire::encode(spec).size();
  if (bytes > kMaxSpecBytes) {
    return invalid("service " + spec.name + " would have a specification of " + std::to_string(bytes) +
                   " bytes; at most " + std::to_string(kMaxSpecBytes) + " are possible");
  }
  if (bytes * tasks_of(spec.mode) > kMaxTasksBytes) {
    return invalid(std::to_string(tasks_of(spec.mode)) + " tasks with a specification of " +
                   std::to_string(bytes / 1024) + " KiB need more than 64 MiB of each manager");
  }
  return {};
}

}  // namespace es::orchestrator
