#pragma once
// Host: how this machine mounts its cgroups, and which controllers can be used.

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace es::cgroup {

enum class Layout {
  kNone,    // nothing is mounted
  kV1,      // one tree for each controller
  kV2,      // one tree
  kHybrid,  // v1, and a v2 tree beside it
};

struct Host {
  Layout layout = Layout::kNone;
  // v1 and hybrid: controller -> the mount point of its tree. v2: controller -> the one mount
  // point.
  std::map<std::string, std::string, std::less<>> controllers;
  std::string unified;  // mount point of the v2 tree, where there is one
  // Every tree that is mounted, those of v1 without a controller (systemd's own) too: the runtimes
  // make a cgroup in each.
  std::set<std::string> trees;
  // Hybrid, when the v2 tree owns a controller: crun then refuses to start anything, and must not
  // see this mount (DATA-PLANE §8). Empty otherwise.
  std::string hidden_mount;

  bool has(std::string_view controller) const {
    return controllers.find(controller) != controllers.end();
  }
};

// `mountinfo`: /proc/self/mountinfo. `proc_cgroups`: /proc/cgroups, which says what the boot line
// switched off. Reads cgroup.controllers of the v2 tree.
Host detect(std::string_view mountinfo, std::string_view proc_cgroups);

// Of this machine.
Host detect();

// One sentence for the log, for example "cgroup v1 with a v2 mount that owns hugetlb (hybrid): …".
std::string describe(const Host& host);

}  // namespace es::cgroup
