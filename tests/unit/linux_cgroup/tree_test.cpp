// The numbers of the kernel, and the tree of tasks: over plain files in the kernel's place, and
// over this machine's own cgroups.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "doctest/doctest.h"
#include "platform/linux/cgroup/limits.h"
#include "platform/linux/cgroup/self_protection.h"
#include "platform/linux/cgroup/small_file.h"
#include "platform/linux/cgroup/tree.h"
#include "tests/unit/linux_cgroup/folder.h"

namespace es::cgroup {

namespace {

constexpr int64_t kHuge = INT64_MAX;

TEST_CASE("reservations and limits in the kernel's numbers") {
  struct Case {
    int64_t nano, shares, weight;
  };
  const Case cases[] = {{0, 2, 1},
                        {1, 2, 1},
                        {10'000'000, 10, 1},
                        {250'000'000, 256, 25},
                        {kNanoPerCpu, 1024, 100},
                        {4 * kNanoPerCpu, 4096, 400},
                        {kHuge, 262'144, 10'000}};
  for (const Case& one : cases) {
    CAPTURE(one.nano);
    CHECK(cpu_shares(one.nano) == one.shares);
    CHECK(cpu_weight(one.nano) == one.weight);
  }
  CHECK(cpu_quota_us(1) == 1000);  // the kernel takes no less
  CHECK(cpu_quota_us(500'000'000) == 50'000);
  CHECK(cpu_quota_us(2 * kNanoPerCpu) == 200'000);
  CHECK(cpu_quota_us(kHuge) > 0);
  CHECK(default_pids_max(0) == 256);
  CHECK(default_pids_max(4096) == 1024);  // a board of 512 MB
  CHECK(default_pids_max(1'000'000) == 4096);
}

TEST_CASE(
    "no task without a reservation dilutes what fifty others were promised by more than a tenth of "
    "a CPU") {
  CHECK(50 * cpu_shares(0) <= 1024 / 10);
  CHECK(50 * cpu_weight(0) <= 100);
}

Host unified(const Folder& root) {
  Host host;
  host.layout = Layout::kV2;
  host.unified = root.path;
  for (const char* name : {"cpu", "memory", "pids"}) host.controllers[name] = root.path;
  return host;
}

TEST_CASE(
    "v2: controllers are passed on at every step, and the parent weighs as much as the machine") {
  const Folder root;
  for (const char* folder : {"", "a/", "a/b/"})
    root.write(std::string(folder) + "cgroup.subtree_control", "");
  root.write("a/b/cpu.weight", "");
  Tree tree(unified(root), "/a/b");
  REQUIRE(tree.prepare(4).ok());
  for (const char* folder : {"", "a/", "a/b/"}) {
    CHECK(root.read(std::string(folder) + "cgroup.subtree_control").find("+pids") !=
          std::string::npos);
  }
  CHECK(root.read("a/b/cpu.weight") == "400");
  CHECK_FALSE(tree.swap_accounting());
  root.write("a/b/memory.swap.max", "max\n");
  CHECK(tree.swap_accounting());
  CHECK(tree.task_path("t") == "/a/b/t");
  CHECK(tree.oom_events_file("t") == root.path + "/a/b/t/memory.events");
}

TEST_CASE("v2: what cannot be passed on is named") {
  const Folder root;
  const Status status = Tree(unified(root), "/edgeswarm").prepare(1);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message.find("cgroup.subtree_control") != std::string::npos);
}

TEST_CASE("v2: the parent guarantees the sum of what the tasks were guaranteed") {
  const Folder root;
  root.write("edgeswarm/memory.min", "0          ");
  root.write("edgeswarm/one/memory.min", "33554432\n");
  root.write("edgeswarm/two/memory.min", "1048576\n");
  root.write("edgeswarm/three/memory.current", "7\n");
  Tree(unified(root)).update_guarantee();
  CHECK(std::stoll(root.read("edgeswarm/memory.min")) == 33554432 + 1048576);
}

TEST_CASE("v2: usage leaves out the cache that could go") {
  const Folder root;
  root.write("edgeswarm/t/memory.current", "1000000\n");
  root.write("edgeswarm/t/memory.stat",
             "anon 5\nactive_file 1\ninactive_file 400000\ninactive_file_x 9\n");
  root.write("edgeswarm/t/cpu.stat", "usage_usec 1234\nuser_usec 1\n");
  root.write("edgeswarm/t/pids.current", "3\n");
  const Tree tree(unified(root));
  const auto usage = tree.usage("t");
  REQUIRE(usage.ok());
  CHECK(usage->memory_bytes == 600000);
  CHECK(usage->cpu_ns == 1'234'000);
  CHECK(usage->pids == 3);
  CHECK(tree.usage("other").error().code == Errc::kNotFound);
}

TEST_CASE("the daemon protects itself as far as it may, and says what it may not") {
  const Folder root;
  const Folder self;
  self.write("oom_score_adj", "0");
  self.write("cgroup", "0::/system.slice/edgeswarm.service\n");
  root.write("system.slice/memory.min", "0       ");
  root.write("system.slice/edgeswarm.service/memory.min", "99999999");
  CHECK(protect_daemon(unified(root), 16 << 20, self.path).empty());
  CHECK(std::stoll(root.read("system.slice/memory.min")) == 16 << 20);
  CHECK(root.read("system.slice/edgeswarm.service/memory.min") == "99999999");  // never lowered
  CHECK(self.read("oom_score_adj") == "-900");

  const Folder nothing;
  nothing.write("cgroup", "0::/user.slice\n");
  const auto refused = protect_daemon(unified(root), 16 << 20, nothing.path);
  REQUIRE(refused.size() == 2);
  CHECK(refused[0].find("CAP_SYS_RESOURCE") != std::string::npos);
  CHECK(refused[1].find("/user.slice") != std::string::npos);
}

TEST_CASE("this machine's tree: a process is seen, killed, and its cgroup removed" *
          doctest::skip(geteuid() != 0)) {
  const Host host = detect();
  if (!host.has("pids")) return;
  Tree tree(host, "/edgeswarm-cgroup-test-" + std::to_string(getpid()));
  REQUIRE(tree.prepare(1).ok());
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  for (const char* name : {"memory", "pids", "cpu"}) {
    if (!host.has(name)) continue;
    const std::string folder = host.controllers.find(name)->second + tree.task_path("t");
    REQUIRE(make_folders(folder, 0755).ok());
    CHECK(write_small_file(folder + "/cgroup.procs", std::to_string(child)).ok());
  }
  CHECK(tree.usage("t")->pids >= 1);  // a sanitizer adds a thread
  CHECK(tree.remove("t").error().code == Errc::kUnavailable);
  tree.kill("t");
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WTERMSIG(status) == SIGKILL);
  CHECK(tree.remove("t").ok());
  CHECK(tree.remove("t").ok());  // nothing to remove is a success
  CHECK(tree.remove("").ok());
}

}  // namespace

}  // namespace es::cgroup
