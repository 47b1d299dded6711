#include "services/api/shapes.h"

#include <cmath>
#include <utility>

namespace es::api {

bool is_isolation_default(const Json& value) { return json::is_empty(value) || value == "default"; }

bool is_health_check_off(const Json& value) {
  return json::is_empty(value) || value == Json{{"Test", Json::array({"NONE"})}};
}

bool is_endpoint_without_ports(const Json& value) {
  if (json::is_empty(value)) return true;
  if (!value.is_object()) return false;
  for (const auto& item : value.items()) {
    const bool is_vip = item.key() == "Mode" && (item.value() == "vip" || json::is_empty(item.value()));
    if (!is_vip && !(item.key() == "Ports" && json::is_empty(item.value()))) return false;
  }
  return true;
}

bool is_container_runtime(const Json& value) { return json::is_empty(value) || value == "container"; }

}  // namespace es::api

namespace es::json {

namespace {
const uint32_t kDefaultTmpfsMode = Mount{}.tmpfs_mode;
constexpr double kMillion = 1e6;
}  // namespace

api::MountForm Shape<Mount>::to_form(const Mount& mount) {
  api::MountForm form;
  form.type = to_string(mount.type);
  form.source = mount.source;
  form.target = mount.target;
  form.read_only = mount.read_only;
  if (mount.propagation != MountPropagation::kRprivate) form.bind = api::BindOptionsForm{mount.propagation};
  const bool has_mode = mount.tmpfs_mode != kDefaultTmpfsMode;
  if (mount.tmpfs_size_bytes != 0 || has_mode) {
    form.tmpfs = api::TmpfsOptionsForm{mount.tmpfs_size_bytes, has_mode ? mount.tmpfs_mode : 0};
  }
  return form;
}

Result<Mount> Shape<Mount>::from_form(api::MountForm form) {
  Mount mount;
  if (form.type == to_string(MountType::kVolume) || form.type == "npipe" || form.type == "cluster" ||
      form.type == "image") {
    return Error{Errc::kUnsupported, "mounts of type " + form.type + " are not supported yet; use bind or tmpfs"};
  }
  if (form.type.empty() || !from_string(form.type, mount.type)) {
    return invalid("the type of a mount must be bind or tmpfs");
  }
  if (form.bind && mount.type != MountType::kBind) return invalid("BindOptions belong to mounts of type bind");
  if (form.tmpfs && mount.type != MountType::kTmpfs) return invalid("TmpfsOptions belong to mounts of type tmpfs");
  mount.source = std::move(form.source);
  mount.target = std::move(form.target);
  mount.read_only = form.read_only;
  if (form.bind) mount.propagation = form.bind->propagation;
  if (form.tmpfs) {
    mount.tmpfs_size_bytes = form.tmpfs->size_bytes;
    if (form.tmpfs->mode != 0) mount.tmpfs_mode = form.tmpfs->mode;
  }
  return mount;
}

api::ResourcesForm Shape<Resources>::to_form(const Resources& resources) {
  api::ResourcesForm form{resources.cpu_nano, resources.memory_bytes, resources.pids, {}};
  for (const auto& [kind, value] : resources.generic) {
    form.generic.push_back({api::DiscreteResourceForm{kind, value}});
  }
  return form;
}

Result<Resources> Shape<Resources>::from_form(api::ResourcesForm form) {
  Resources resources{form.cpu_nano, form.memory_bytes, form.pids, {}};
  for (const api::GenericResourceForm& one : form.generic) {
    if (!one.discrete || one.discrete->kind.empty()) return invalid("a generic resource must have a kind and a value");
    if (!resources.generic.emplace(one.discrete->kind, one.discrete->value).second) {
      return invalid("the generic resource " + one.discrete->kind + " is given twice");
    }
  }
  return resources;
}

api::UpdateConfigForm Shape<UpdateConfig>::to_form(const UpdateConfig& config) {
  return {config.parallelism,
          config.delay,
          config.failure_action,
          config.monitor.value_or(Duration{}),
          static_cast<double>(config.max_failure_ratio_millionths) / kMillion,
          config.order};
}

Result<UpdateConfig> Shape<UpdateConfig>::from_form(api::UpdateConfigForm form) {
  if (!(form.max_failure_ratio >= 0 && form.max_failure_ratio <= 1)) {
    return invalid("MaxFailureRatio must be between 0 and 1");
  }
  UpdateConfig config;
  config.parallelism = form.parallelism;
  config.delay = form.delay;
  config.failure_action = form.failure_action;
  if (form.monitor != Duration{}) config.monitor = form.monitor;
  config.max_failure_ratio_millionths = static_cast<uint64_t>(std::llround(form.max_failure_ratio * kMillion));
  config.order = form.order;
  return config;
}

}  // namespace es::json
