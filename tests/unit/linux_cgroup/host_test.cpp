// How machines mount their cgroups: this one, a Raspberry Pi, systemd's three layouts.

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "doctest/doctest.h"
#include "platform/linux/cgroup/host.h"
#include "tests/unit/linux_cgroup/folder.h"

namespace es::cgroup {

namespace {

constexpr const char* kProcCgroups =
    "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
    "cpu\t1\t10\t1\n"
    "memory\t2\t10\t1\n"
    "pids\t3\t10\t1\n";

std::string v1_mount(const std::string& point, const std::string& options) {
  return "30 24 0:27 / " + point + " rw,nosuid shared:9 - cgroup cgroup rw," + options + "\n";
}
std::string v2_mount(const std::string& point) {
  return "31 24 0:28 / " + point +
         " rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
}

std::string names(const Host& host) {
  std::string text;
  for (const auto& [name, mount] : host.controllers) text += name + " ";
  return text;
}

TEST_CASE("v1: a tree for each controller, some mounted together") {
  const Host host =
      detect(v1_mount("/cg/cpu,cpuacct", "cpu,cpuacct") + v1_mount("/cg/memory", "memory") +
                 v1_mount("/cg/systemd", "xattr,name=systemd"),
             kProcCgroups);
  CHECK(host.layout == Layout::kV1);
  CHECK(host.controllers.at("cpuacct") == "/cg/cpu,cpuacct");
  CHECK(host.controllers.at("memory") == "/cg/memory");
  CHECK_FALSE(host.has("name=systemd"));
  CHECK(host.trees == std::set<std::string>{"/cg/cpu,cpuacct", "/cg/memory", "/cg/systemd"});
  CHECK(host.hidden_mount.empty());
}

TEST_CASE("v1: a controller that the boot line switched off is not there") {
  const Host host = detect(v1_mount("/cg/memory", "memory") + v1_mount("/cg/cpu", "cpu"),
                           "memory\t0\t1\t0\ncpu\t1\t1\t1\n");
  CHECK_FALSE(host.has("memory"));
  CHECK(host.has("cpu"));
  CHECK(describe(host).find("the memory controller is off") != std::string::npos);
}

TEST_CASE("v2: what the root offers; a Raspberry Pi's default offers no memory") {
  const Folder root;
  root.write("cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n");
  const Host host = detect(v2_mount(root.path), kProcCgroups);
  CHECK(host.layout == Layout::kV2);
  CHECK(host.unified == root.path);
  CHECK(names(host) == "cpu cpuset hugetlb io memory misc pids rdma ");
  CHECK(describe(host) == "cgroup v2");

  root.write("cgroup.controllers", "cpuset cpu io pids\n");
  const Host pi = detect(v2_mount(root.path), "cpu\t0\t1\t1\nmemory\t0\t1\t0\n");
  CHECK_FALSE(pi.has("memory"));
  CHECK(pi.has("pids"));
}

TEST_CASE("hybrid: the v2 tree is hidden from crun only when it owns a controller") {
  const Folder unified;
  const std::string mounts = v1_mount("/cg/memory", "memory") + v2_mount(unified.path);
  unified.write("cgroup.controllers", "\n");
  Host host = detect(mounts, kProcCgroups);
  CHECK(host.layout == Layout::kHybrid);
  CHECK(host.hidden_mount.empty());
  CHECK(host.controllers.at("memory") == "/cg/memory");

  unified.write("cgroup.controllers", "hugetlb\n");
  host = detect(mounts, kProcCgroups);
  CHECK(host.hidden_mount == unified.path);
  CHECK_FALSE(host.has("hugetlb"));
  CHECK(describe(host).find("crun cannot run beside " + unified.path) != std::string::npos);
}

TEST_CASE("nothing, and nonsense") {
  CHECK(detect("", "").layout == Layout::kNone);
  CHECK(detect("1 2 3\n- - - - - - - - -\n\n   \n", "x\ty\n").layout == Layout::kNone);
  CHECK(describe(Host{}).find("no cgroups are mounted") == 0);
}

TEST_CASE("this machine can be told") {
  const Host host = detect();
  MESSAGE(describe(host));
  CHECK((host.layout == Layout::kNone || !host.controllers.empty() || !host.unified.empty()));
}

}  // namespace

}  // namespace es::cgroup
