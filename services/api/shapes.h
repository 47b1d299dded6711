#pragma once
// Where Docker's JSON departs from the model's field lists, struct by struct (docs of the rules: services/json/shape.h). Every file that
// reads or writes model objects as JSON includes this one, so that all see the same shapes.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/service.h"
#include "core/model/task.h"
#include "services/json/read.h"
#include "services/json/write.h"

namespace es::api {

using json::Json;

// Mount: what belongs to one type stands in an object of its own.
struct BindOptionsForm {
  MountPropagation propagation = MountPropagation::kRprivate;
  static constexpr auto fields() { return std::tuple{field(1, "Propagation", &BindOptionsForm::propagation)}; }
  bool operator==(const BindOptionsForm&) const = default;
};
struct TmpfsOptionsForm {
  int64_t size_bytes = 0;
  uint32_t mode = 0;  // 0: the default
  static constexpr auto fields() {
    return std::tuple{field(1, "SizeBytes", &TmpfsOptionsForm::size_bytes), field(2, "Mode", &TmpfsOptionsForm::mode)};
  }
  bool operator==(const TmpfsOptionsForm&) const = default;
};
struct MountForm {
  std::string type;
  std::string source;
  std::string target;
  bool read_only = false;
  std::optional<BindOptionsForm> bind;
  std::optional<TmpfsOptionsForm> tmpfs;
  static constexpr auto fields() {
    using M = MountForm;
    return std::tuple{field(1, "Type", &M::type), field(2, "Source", &M::source), field(3, "Target", &M::target),
                      field(4, "ReadOnly", &M::read_only), field(5, "BindOptions", &M::bind),
                      field(6, "TmpfsOptions", &M::tmpfs)};
  }
  bool operator==(const MountForm&) const = default;
};

// Resources: generic ones are a list of one-membered objects.
struct DiscreteResourceForm {
  std::string kind;
  int64_t value = 0;
  static constexpr auto fields() {
    return std::tuple{field(1, "Kind", &DiscreteResourceForm::kind), field(2, "Value", &DiscreteResourceForm::value)};
  }
  bool operator==(const DiscreteResourceForm&) const = default;
};
struct GenericResourceForm {
  std::optional<DiscreteResourceForm> discrete;
  static constexpr auto fields() {
    return std::tuple{field(1, "DiscreteResourceSpec", &GenericResourceForm::discrete)};
  }
  bool operator==(const GenericResourceForm&) const = default;
};
struct ResourcesForm {
  int64_t cpu_nano = 0;
  int64_t memory_bytes = 0;
  int64_t pids = 0;
  std::vector<GenericResourceForm> generic;
  static constexpr auto fields() {
    using R = ResourcesForm;
    return std::tuple{field(1, "NanoCPUs", &R::cpu_nano), field(2, "MemoryBytes", &R::memory_bytes),
                      field(3, "Pids", &R::pids), field(4, "GenericResources", &R::generic)};
  }
  bool operator==(const ResourcesForm&) const = default;
};

// UpdateConfig: the ratio is a fraction, and what is not given is zero, also the parallelism.
struct UpdateConfigForm {
  uint64_t parallelism = 0;
  Duration delay;
  FailureAction failure_action = FailureAction::kPause;
  Duration monitor;  // 0: the default
  double max_failure_ratio = 0;
  UpdateOrder order = UpdateOrder::kStopFirst;
  static constexpr auto fields() {
    using U = UpdateConfigForm;
    return std::tuple{field(1, "Parallelism", &U::parallelism), field(2, "Delay", &U::delay),
                      field(3, "FailureAction", &U::failure_action), field(4, "Monitor", &U::monitor),
                      field(5, "MaxFailureRatio", &U::max_failure_ratio), field(6, "Order", &U::order)};
  }
  bool operator==(const UpdateConfigForm&) const = default;
};

bool is_isolation_default(const Json& value);     // "" or "default"
bool is_health_check_off(const Json& value);      // {"Test":["NONE"]}
bool is_endpoint_without_ports(const Json& value);  // {"Mode":"vip"}
bool is_container_runtime(const Json& value);     // "" or "container"

}  // namespace es::api

namespace es::json {

template <>
struct Shape<Meta> {
  static constexpr bool kFlat = true;
  static constexpr std::array<std::string_view, 3> kAlways{"Version", "CreatedAt", "UpdatedAt"};
  static constexpr std::array<std::string_view, 1> kHidden{"CreatedIndex"};
};

template <>
struct Shape<Version> {
  static constexpr std::array<std::string_view, 1> kAlways{"Index"};
};

template <>
struct Shape<api::BindOptionsForm> {
  static constexpr std::array kRefused{
      Refused{"NonRecursive", "bind mounts are always recursive"},
      Refused{"CreateMountpoint", "the source of a bind mount must exist"},
      Refused{"ReadOnlyNonRecursive", "not supported yet"}, Refused{"ReadOnlyForceRecursive", "not supported yet"}};
};

template <>
struct Shape<api::TmpfsOptionsForm> {
  static constexpr std::array kRefused{Refused{"Options", "further options of a tmpfs are not supported yet"}};
};

template <>
struct Shape<api::MountForm> {
  static constexpr std::array<std::string_view, 1> kIgnored{"Consistency"};  // of Docker Desktop only
  static constexpr std::array kRefused{
      Refused{"VolumeOptions", "volumes are not supported yet; use a mount of type bind or tmpfs"},
      Refused{"ImageOptions", "mounts of images are not supported yet"},
      Refused{"ClusterOptions", "cluster volumes are not supported yet"}};
};

template <>
struct Shape<Mount> {
  using Form = api::MountForm;
  static Form to_form(const Mount& mount);
  static Result<Mount> from_form(Form form);
};

template <>
struct Shape<api::GenericResourceForm> {
  static constexpr std::array kRefused{
      Refused{"NamedResourceSpec", "named generic resources are not supported yet; give a number"}};
};

template <>
struct Shape<Resources> {
  using Form = api::ResourcesForm;
  static Form to_form(const Resources& resources);
  static Result<Resources> from_form(Form form);
};

template <>
struct Shape<ResourceRequirements> {
  static constexpr std::array kRefused{Refused{"SwapBytes", "limits of swap are not supported yet"},
                                       Refused{"MemorySwappiness", "swappiness is not supported yet"}};
};

template <>
struct Shape<api::UpdateConfigForm> {
  static constexpr std::array<std::string_view, 4> kAlways{"Parallelism", "FailureAction", "MaxFailureRatio", "Order"};
};

template <>
struct Shape<UpdateConfig> {
  using Form = api::UpdateConfigForm;
  static Form to_form(const UpdateConfig& config);
  static Result<UpdateConfig> from_form(Form form);
};

template <>
struct Shape<ContainerSpec> {
  static constexpr std::array<std::string_view, 1> kAlways{"Image"};
  static constexpr std::array kRefused{
      Refused{"Privileges", "credential specs, SELinux, seccomp and AppArmor profiles are not supported yet"},
      Refused{"Healthcheck", "health checks are not supported yet", api::is_health_check_off},
      Refused{"DNSConfig", "DNS settings are not supported yet"},
      Refused{"Secrets", "secrets are not supported yet"},
      Refused{"Configs", "configs are not supported yet"},
      Refused{"Isolation", "there is only the default isolation", api::is_isolation_default}};
};

template <>
struct Shape<RestartPolicy> {
  static constexpr std::array<std::string_view, 2> kAlways{"Condition", "MaxAttempts"};
};

template <>
struct Shape<NetworkAttachmentConfig> {
  static constexpr std::array kRefused{Refused{"DriverOpts", "options of network drivers are not supported yet"}};
};

template <>
struct Shape<TaskSpec> {
  static constexpr std::array<std::string_view, 2> kAlways{"ContainerSpec", "ForceUpdate"};
  static constexpr std::array kRefused{
      Refused{"LogDriver", "log drivers are not supported yet"},
      Refused{"PluginSpec", "plugins are not supported"},
      Refused{"NetworkAttachmentSpec", "network attachments are not supported"},
      Refused{"Runtime", "there is only the runtime \"container\"", api::is_container_runtime}};
};

template <>
struct Shape<UpdateStatus> {
  static constexpr std::array<std::string_view, 1> kAlways{"State"};
};

template <>
struct Shape<ServiceSpec> {
  static constexpr std::array<std::string_view, 4> kAlways{"Name", "Labels", "TaskTemplate", "Mode"};
  static constexpr std::array kRefused{
      Refused{"Networks", "give the networks in TaskTemplate.Networks"},
      Refused{"EndpointSpec", "published ports and DNS round robin are not supported yet; use --network host",
              api::is_endpoint_without_ports}};
};

template <>
struct Shape<Service> {
  static constexpr std::array<std::string_view, 2> kHidden{"SpecVersion", "PreviousSpecVersion"};
};

template <>
struct Shape<ContainerStatus> {
  static constexpr std::array<std::string_view, 3> kAlways{"ContainerID", "PID", "ExitCode"};
};

template <>
struct Shape<TaskStatus> {
  static constexpr std::array<std::string_view, 2> kAlways{"Timestamp", "State"};
};

template <>
struct Shape<Task> {
  static constexpr std::array<std::string_view, 3> kAlways{"Spec", "Status", "DesiredState"};
  static constexpr std::array<std::string_view, 5> kHidden{"SpecVersion", "ServiceName", "JobIteration", "Attempt",
                                                     "StartDelay"};
};

}  // namespace es::json
