#pragma once
// Tree: the cgroups of this node's tasks, /edgeswarm/<task id>. The runtime makes the leaf of a
// task; the tree makes their parent, reads the leaves and removes them.

#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "platform/linux/cgroup/host.h"

namespace es::cgroup {

struct Usage {
  int64_t memory_bytes =
      0;               // without the page cache that could go at once, as `docker stats` counts
  int64_t cpu_ns = 0;  // since the task began
  int64_t pids = 0;
};

class Tree {
 public:
  // `parent` as the runtime takes it: an absolute path inside the hierarchy.
  explicit Tree(Host host, std::string parent = "/edgeswarm");

  // Creates the parent, hands it the controllers (v2) and the CPU weight of the whole machine, so
  // that tasks hold their own against the rest of it. Errors: kIo; a missing controller is no
  // error.
  Status prepare(int64_t cpu_count);

  const Host& host() const { return host_; }
  bool swap_accounting() const;  // after prepare()

  // For the OCI bundle: "/edgeswarm/<name>".
  std::string task_path(const std::string& name) const { return parent_ + "/" + name; }

  // The file with the line "oom_kill N"; empty without a memory controller.
  std::string oom_events_file(const std::string& name) const;

  // v2: memory.min of the parent, without which the kernel ignores that of the children, becomes
  // the sum of theirs.
  void update_guarantee() const;

  // Errors: kNotFound.
  Result<Usage> usage(const std::string& name) const;

  // SIGKILL to every process in it.
  void kill(const std::string& name) const;

  // Nothing to remove is a success. Errors: kUnavailable while a process is still in it.
  Status remove(const std::string& name) const;

 private:
  Status prepare_v1(int64_t cpu_count) const;
  Status prepare_v2(int64_t cpu_count) const;
  Status pass_on(const std::string& path) const;
  std::string folder(const std::string& tree, const std::string& name) const;
  std::string control(std::string_view controller, const std::string& name, const char* file) const;
  bool unified() const { return host_.layout == Layout::kV2; }

  Host host_;
  std::string parent_;
};

}  // namespace es::cgroup
