#include "platform/linux/runtime/oci_config.h"

#include <algorithm>

#include "platform/linux/cgroup/limits.h"
#include "platform/linux/runtime/oci_json.h"
#include "platform/linux/runtime/oci_mounts.h"
#include "platform/linux/runtime/seccomp_profile.h"

namespace es::runtime {

namespace {

constexpr const char* kMaskedPaths[] = {
    "/proc/asound",     "/proc/acpi",        "/proc/interrupts",
    "/proc/kcore",      "/proc/keys",        "/proc/latency_stats",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
    "/proc/scsi",       "/sys/firmware",     "/sys/devices/virtual/powercap"};
constexpr const char* kReadonlyPaths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                          "/proc/sysrq-trigger"};
constexpr const char* kDefaultPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// What Docker adds where the image and the service say nothing.
std::vector<std::string> complete_env(const ports::ContainerConfig& config,
                                      const BundleFacts& facts) {
  const auto has = [&](std::string_view prefix) {
    return std::any_of(config.env.begin(), config.env.end(),
                       [&](const std::string& one) { return one.starts_with(prefix); });
  };
  std::vector<std::string> env;
  if (!has("PATH=")) env.emplace_back(kDefaultPath);
  if (!has("HOSTNAME=")) env.push_back("HOSTNAME=" + facts.hostname);
  if (!has("HOME=")) env.push_back("HOME=" + facts.user.home);
  env.insert(env.end(), config.env.begin(), config.env.end());
  return env;
}

void write_user(JsonWriter& out, const ContainerUser& user) {
  out.key("user");
  out.begin_object();
  out.member("uid", int64_t{user.uid});
  out.member("gid", int64_t{user.gid});
  out.key("additionalGids");
  out.begin_array();
  for (const uint32_t gid : user.additional_gids) out.number(gid);
  out.end_array();
  out.end_object();
}

Status write_rlimits(JsonWriter& out, const std::vector<Ulimit>& ulimits) {
  out.key("rlimits");
  out.begin_array();
  for (const Ulimit& limit : ulimits) {
    std::string name = "RLIMIT_";
    for (const char c : limit.name)
      name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    if (limit.soft < 0 || limit.hard < limit.soft) {
      return invalid("ulimit " + limit.name +
                     ": the soft limit must lie between 0 and the hard limit");
    }
    out.begin_object();
    out.member("type", name);
    out.member("hard", limit.hard);
    out.member("soft", limit.soft);
    out.end_object();
  }
  out.end_array();
  return {};
}

Status write_process(JsonWriter& out, const ports::ContainerConfig& config,
                     const BundleFacts& facts) {
  out.key("process");
  out.begin_object();
  out.member("terminal", false);
  write_user(out, facts.user);
  out.member_texts("args", config.args);
  out.member_texts("env", complete_env(config, facts));
  out.member("cwd", config.dir.empty() ? "/" : config.dir);
  out.key("capabilities");
  out.begin_object();
  for (const char* set : {"bounding", "effective", "permitted"})
    out.member_texts(set, facts.capabilities);
  out.end_object();
  ES_CHECK(write_rlimits(out, config.ulimits));
  // Always: the shim has inherited the daemon's.
  out.member("oomScoreAdj", std::clamp<int64_t>(config.oom_score_adj, -1000, 1000));
  out.member("noNewPrivileges", false);
  out.end_object();
  return {};
}

// Docker's list; the runtimes add the terminals and mknod of anything.
void write_devices(JsonWriter& out) {
  struct Device {
    int64_t major, minor;
  };
  constexpr Device kDevices[] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 1}};
  out.key("devices");
  out.begin_array();
  out.begin_object();
  out.member("allow", false);
  out.member("access", "rwm");
  out.end_object();
  for (const Device& device : kDevices) {
    out.begin_object();
    out.member("allow", true);
    out.member("type", "c");
    out.member("major", device.major);
    out.member("minor", device.minor);
    out.member("access", "rwm");
    out.end_object();
  }
  out.end_array();
}

void write_memory(JsonWriter& out, const ResourceRequirements& resources,
                  const BundleFacts& facts) {
  out.key("memory");
  out.begin_object();
  if (const int64_t limit = resources.limits.memory_bytes; limit > 0) {
    out.member("limit", limit);
    // No swap beyond the limit: it would wear the SD card out, and the limit would not be one.
    if (facts.swap_accounting) out.member("swap", limit);
  }
  if (resources.reservations.memory_bytes > 0 && !facts.cgroup_v2) {
    out.member("reservation", resources.reservations.memory_bytes);
  }
  out.end_object();
}

void write_cpu(JsonWriter& out, const ResourceRequirements& resources, const BundleFacts& facts) {
  out.key("cpu");
  out.begin_object();
  if (!facts.cgroup_v2) out.member("shares", cgroup::cpu_shares(resources.reservations.cpu_nano));
  if (resources.limits.cpu_nano > 0) {
    out.member("period", cgroup::kCpuPeriodUs);
    out.member("quota", cgroup::cpu_quota_us(resources.limits.cpu_nano));
  }
  out.end_object();
}

// v2's own files, where the runtimes' translation from v1 would lose precision (weight) or have no
// word (min).
void write_unified(JsonWriter& out, const ResourceRequirements& resources,
                   const BundleFacts& facts) {
  out.key("unified");
  out.begin_object();
  if (facts.cpu_controller) {
    out.member("cpu.weight", std::to_string(cgroup::cpu_weight(resources.reservations.cpu_nano)));
  }
  if (facts.memory_controller && resources.reservations.memory_bytes > 0) {
    out.member("memory.min", std::to_string(resources.reservations.memory_bytes));
  }
  out.end_object();
}

void write_resources(JsonWriter& out, const ResourceRequirements& resources,
                     const BundleFacts& facts) {
  out.key("resources");
  out.begin_object();
  write_devices(out);
  if (facts.memory_controller) write_memory(out, resources, facts);
  if (facts.cpu_controller) write_cpu(out, resources, facts);
  if (facts.pids_controller) {
    out.key("pids");
    out.begin_object();
    out.member("limit", resources.limits.pids > 0 ? resources.limits.pids : facts.default_pids_max);
    out.end_object();
  }
  if (facts.cgroup_v2) write_unified(out, resources, facts);
  out.end_object();
}

void write_namespaces(JsonWriter& out, const ports::ContainerConfig& config,
                      const BundleFacts& facts) {
  out.key("namespaces");
  out.begin_array();
  const auto add = [&](std::string_view type, const std::string& path) {
    out.begin_object();
    out.member("type", type);
    if (!path.empty()) out.member("path", path);
    out.end_object();
  };
  for (const char* type : {"mount", "uts", "pid", "ipc"}) add(type, "");
  if (facts.cgroup_v2) add("cgroup", "");
  if (!facts.network_namespace.empty() || config.network == ports::NetworkMode::kNone) {
    add("network", facts.network_namespace);
  }
  out.end_array();
}

// A setting of the network is the node's own there.
Status check_sysctls(const ports::ContainerConfig& config) {
  for (const auto& [name, value] : config.sysctls) {
    if (config.network == ports::NetworkMode::kHost && name.starts_with("net.")) {
      return invalid("sysctl " + name + " is not allowed in the host's network");
    }
  }
  return {};
}

void write_linux(JsonWriter& out, const ports::ContainerConfig& config, const BundleFacts& facts) {
  out.key("linux");
  out.begin_object();
  write_namespaces(out, config, facts);
  if (!facts.cgroup_path.empty()) out.member("cgroupsPath", facts.cgroup_path);
  write_resources(out, config.resources, facts);
  out.key("sysctl");
  out.begin_object();
  for (const auto& [name, value] : config.sysctls) out.member(name, value);
  out.end_object();
  out.member_texts("maskedPaths", kMaskedPaths);
  out.member_texts("readonlyPaths", kReadonlyPaths);
  if (facts.seccomp) {
    out.key("seccomp");
    write_seccomp(out, facts.machine, facts.capabilities);
  }
  out.end_object();
}

}  // namespace

Result<std::string> write_oci_config(const ports::ContainerConfig& config,
                                     const BundleFacts& facts) {
  if (config.args.empty() || config.args[0].empty()) return invalid("no command specified");
  if (!config.dir.empty() && config.dir[0] != '/') {
    return invalid("the working directory '" + config.dir +
                   "' is invalid, it needs to be an absolute path");
  }
  ES_CHECK(check_sysctls(config));
  JsonWriter out;
  out.begin_object();
  out.member("ociVersion", "1.0.2");
  ES_CHECK(write_process(out, config, facts));
  out.key("root");
  out.begin_object();
  out.member("path", config.rootfs);
  out.member("readonly", config.read_only);
  out.end_object();
  out.member("hostname", facts.hostname);
  ES_CHECK(write_mounts(out, config, facts));
  write_linux(out, config, facts);
  if (!facts.seccomp_program.empty()) {
    out.key("annotations");
    out.begin_object();
    out.member("run.oci.seccomp_bpf_data", facts.seccomp_program);
    out.end_object();
  }
  out.end_object();
  if (out.invalid_text()) {
    return invalid("text that is not UTF-8 or has a zero byte cannot be given to a container: \"" +
                   out.invalid_text()->substr(0, 64) + "\"");
  }
  return out.bytes();
}

}  // namespace es::runtime
