#pragma once
// Bundle: all that crun and the shim need on disk for one container, written into the task's
// directory.

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/runtime.h"
#include "platform/linux/cgroup/tree.h"
#include "platform/linux/runtime/engine.h"
#include "platform/linux/runtime/runtime_options.h"
#include "platform/linux/runtime/seccomp_cache.h"
#include "platform/linux/runtime/task_directory.h"
#include "platform/linux/runtime/task_records.h"

namespace es::runtime {

// What does not change between containers.
struct BundleContext {
  const RuntimeOptions& options;
  const cgroup::Tree& cgroups;
  const Engine& engine;
  std::string machine;
  int64_t default_pids_max = 4096;
  uint64_t bounding_capabilities = 0;
  bool seccomp = true;
  SeccompCache seccomp_cache;
};

// Reads what the machine says for itself. The context keeps references to its arguments.
BundleContext make_bundle_context(const RuntimeOptions& options, const cgroup::Tree& cgroups,
                                  const Engine& engine);

// Creates the directory and writes the bundle; returns the container's capabilities. Errors:
// kInvalid for what the container asks for and cannot get, kConflict, kIo.
Result<std::vector<std::string>> write_bundle(const BundleContext& context,
                                              const TaskDirectory& directory,
                                              const ports::ContainerConfig& config,
                                              const StopRecord& stop);

// The shim's command line for this container.
std::vector<std::string> shim_command(const BundleContext& context, const TaskDirectory& directory);

}  // namespace es::runtime
