#include "platform/linux/runtime/bundle.h"

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>

#include "platform/linux/cgroup/limits.h"
#include "platform/linux/cgroup/small_file.h"
#include "platform/linux/runtime/capabilities.h"
#include "platform/linux/runtime/container_files.h"
#include "platform/linux/runtime/oci_config.h"
#include "platform/linux/runtime/user_database.h"

namespace es::runtime {

namespace {

std::string host_file(const char* path) { return cgroup::read_small_file(path).value_or(""); }

std::string node_hostname() {
  utsname names{};
  uname(&names);
  return names.nodename;
}

// In Docker's words; a bind mount never makes its source, a volume does.
Status prepare_sources(const ports::ContainerConfig& config, const std::string& volumes_directory) {
  for (const Mount& mount : config.mounts) {
    if (mount.type == MountType::kBind) {
      if (mount.source.empty() || mount.source[0] != '/') {
        return invalid(
            "invalid mount config for type \"bind\": the source must be an absolute path: \"" +
            mount.source + "\"");
      }
      if (!cgroup::exists(mount.source)) {
        return invalid("invalid mount config for type \"bind\": bind source path does not exist: " +
                       mount.source);
      }
    } else if (mount.type == MountType::kVolume) {
      ES_TRY(const std::string path, volume_path(volumes_directory, mount.source));
      ES_CHECK(cgroup::make_folders(path, 0755));
    }
  }
  return {};
}

BundleFacts facts_of(const BundleContext& context, const TaskDirectory& directory) {
  const cgroup::Host& host = context.cgroups.host();
  BundleFacts facts;
  facts.directory = directory.path();
  facts.machine = context.machine;
  facts.volumes_directory = context.options.volumes_directory;
  facts.cgroup_path = context.cgroups.task_path(directory.name());
  facts.cgroup_v2 = host.layout == cgroup::Layout::kV2;
  facts.memory_controller = host.has("memory");
  facts.swap_accounting = context.cgroups.swap_accounting();
  facts.cpu_controller = host.has("cpu");
  facts.pids_controller = host.has("pids");
  facts.default_pids_max = context.default_pids_max;
  facts.seccomp = context.seccomp;
  return facts;
}

}  // namespace

BundleContext make_bundle_context(const RuntimeOptions& options, const cgroup::Tree& cgroups,
                                  const Engine& engine) {
  utsname names{};
  uname(&names);
  int64_t threads_max = 0;
  const std::string text = host_file("/proc/sys/kernel/threads-max");
  std::from_chars(text.data(), text.data() + text.size(), threads_max);
  return {options,
          cgroups,
          engine,
          names.machine,
          cgroup::default_pids_max(threads_max),
          own_bounding_set(),
          cgroup::exists("/proc/sys/kernel/seccomp/actions_avail"),
          SeccompCache()};
}

Result<std::vector<std::string>> write_bundle(const BundleContext& context,
                                              const TaskDirectory& directory,
                                              const ports::ContainerConfig& config,
                                              const StopRecord& stop) {
  ES_CHECK(directory.create());
  if (config.init.value_or(false))
    return invalid("--init is not supported: no init process comes with this version");
  BundleFacts facts = facts_of(context, directory);
  facts.hostname = container_hostname(config, node_hostname());
  ES_TRY(facts.user, resolve_user_in(config.rootfs, config.user, config.groups));
  ES_TRY(facts.capabilities, resolve_capabilities(config.capability_add, config.capability_drop,
                                                  context.bounding_capabilities));
  facts.seccomp_program = context.seccomp_cache.find(facts.capabilities);
  ES_CHECK(prepare_sources(config, facts.volumes_directory));
  ES_TRY(const std::string oci_config, write_oci_config(config, facts));

  ES_CHECK(directory.write("stop", write_stop(stop), 0600));
  ES_CHECK(directory.write("hostname", facts.hostname + "\n", 0644));
  ES_CHECK(
      directory.write("hosts", hosts_file(config, facts.hostname, host_file("/etc/hosts")), 0644));
  ES_CHECK(directory.write("resolv.conf", host_file("/etc/resolv.conf"), 0644));
  ES_CHECK(directory.write("config.json", oci_config, 0600));  // the environment may hold secrets
  return std::move(facts.capabilities);
}

std::vector<std::string> shim_command(const BundleContext& context,
                                      const TaskDirectory& directory) {
  const RuntimeOptions& options = context.options;
  std::vector<std::string> command = {
      "edgeswarm-shim", "--segment-bytes=" + std::to_string(options.log_segment_bytes),
      "--segments=" + std::to_string(options.log_segments)};
  const std::string oom_events = context.cgroups.oom_events_file(directory.name());
  if (!oom_events.empty()) command.push_back("--oom-events=" + oom_events);
  const std::string& hidden = context.cgroups.host().hidden_mount;
  if (!hidden.empty() && context.engine.kind == Engine::Kind::kCrun)
    command.push_back("--hide-mount=" + hidden);
  command.push_back("--");
  for (std::string& word : run_command(context.engine, engine_state_directory(options),
                                       directory.path(), directory.name())) {
    command.push_back(std::move(word));
  }
  return command;
}

}  // namespace es::runtime
