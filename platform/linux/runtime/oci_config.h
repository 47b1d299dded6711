#pragma once
// The config.json of an OCI bundle (runtime-spec 1.0.2) for one container: Docker's defaults with
// what the service asks for.

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/runtime.h"
#include "platform/linux/runtime/user_database.h"

namespace es::runtime {

// What the machine adds to the container's own configuration.
struct BundleFacts {
  std::string directory;  // absolute; holds hostname, hosts, resolv.conf
  std::string hostname;
  std::string machine;  // as uname(2) says
  ContainerUser user;
  std::vector<std::string> capabilities;  // resolved, "CAP_…"
  std::string volumes_directory;          // absolute; a volume's files are in <name>/_data
  std::string network_namespace;          // path of a prepared one; empty: as config.network says
  std::string cgroup_path;
  bool cgroup_v2 = false;
  // Which limits the machine can enforce; others are left out, since the runtimes refuse what they
  // cannot do.
  bool memory_controller = true;
  bool swap_accounting = true;
  bool cpu_controller = true;
  bool pids_controller = true;
  bool seccomp = true;
  std::string seccomp_program;  // compiled, in base64; empty: the engine compiles it
  int64_t default_pids_max = 4096;
};

// Errors: kInvalid, one sentence for what cannot be done as asked.
Result<std::string> write_oci_config(const ports::ContainerConfig& config,
                                     const BundleFacts& facts);

// The folder on this node behind a mount of type volume. Errors: kInvalid for a name that Docker
// would refuse.
Result<std::string> volume_path(const std::string& volumes_directory, const std::string& name);

}  // namespace es::runtime
