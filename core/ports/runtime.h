#pragma once
// Runtime: starts, stops and watches the container of a task. Containers outlive the daemon (DESIGN D6).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/container_spec.h"
#include "core/model/resources.h"

namespace es::ports {

enum class NetworkMode : uint8_t { kNone, kHost };

// All that is needed to make one container; what the image left open is already filled in.
struct ContainerConfig {
  TaskId task;
  std::string rootfs;  // absolute path, mounted
  std::vector<std::string> args;  // never empty
  std::vector<std::string> env;
  std::string dir;       // working directory; empty: /
  std::string user;      // as in the image or the spec; resolved inside the root file system
  std::vector<std::string> groups;
  std::string hostname;
  std::vector<std::string> hosts;  // further lines of /etc/hosts
  std::vector<Mount> mounts;
  bool read_only = false;
  std::optional<bool> init;
  std::string stop_signal;  // "SIGTERM" where empty
  Duration stop_grace_period = seconds(10);
  Labels sysctls;
  std::vector<std::string> capability_add;
  std::vector<std::string> capability_drop;
  std::vector<Ulimit> ulimits;
  int64_t oom_score_adj = 0;
  ResourceRequirements resources;
  NetworkMode network = NetworkMode::kNone;
  Labels labels;
};

struct ContainerStarted {
  int64_t pid = 0;
};
struct ContainerStartFailed {
  std::string reason;  // one sentence, with the runtime's own words
};
struct ContainerExited {
  int64_t exit_code = 0;  // 128 + signal when a signal ended it
  int signal = 0;         // 0: none
  bool oom_killed = false;
  WallTime at;
};
using ContainerEvent = std::variant<ContainerStarted, ContainerStartFailed, ContainerExited>;

// Found at the daemon's start: a container that an earlier daemon started.
struct AdoptedContainer {
  TaskId task;
  ContainerEvent last;  // ContainerStarted: it still runs
};

class Runtime {
 public:
  virtual ~Runtime() = default;

  // Called on the loop's thread, for each container: Started or StartFailed once, then Exited once.
  using Listener = std::function<void(TaskId, ContainerEvent)>;
  virtual void set_listener(Listener listener) = 0;

  // Containers that are there already; those that run are watched from now on. Errors: kIo.
  virtual Result<std::vector<AdoptedContainer>> adopt() = 0;

  virtual void start(ContainerConfig config) = 0;
  // Sends the stop signal and, after the grace period, SIGKILL. Answered by ContainerExited; nothing for an unknown task.
  virtual void stop(TaskId task) = 0;
  // Deletes what is left of an exited container (bundle, cgroup, logs).
  virtual void remove(TaskId task) = 0;
};

}  // namespace es::ports
