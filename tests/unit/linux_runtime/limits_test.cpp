// Limits and reservations as the kernel enforces them.

#include "platform/linux/cgroup/limits.h"
#include "doctest/doctest.h"
#include "platform/linux/cgroup/small_file.h"
#include "tests/unit/linux_runtime/sandbox.h"

namespace es::runtime {

namespace {

const cgroup::Host& host() {
  static const cgroup::Host found = cgroup::detect();
  return found;
}

// A file of the task's cgroup.
std::string control(const Sandbox& sandbox, TaskId task, const char* controller, const char* file) {
  const auto mount = host().controllers.find(controller);
  if (mount == host().controllers.end()) return "no controller";
  std::string text = cgroup::read_small_file(mount->second + sandbox.options().cgroup_parent + "/" +
                                             task.to_string() + "/" + file)
                         .value_or("no file");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

ES_CONTAINER_TEST("a task beyond its memory limit is killed, and seen as such") {
  Sandbox sandbox;
  auto config = sandbox.script("exec dd if=/dev/zero of=/dev/null bs=64M count=1");
  config.resources.limits.memory_bytes = 16 << 20;
  sandbox.run(config);
  REQUIRE(sandbox.exited(config.task));
  CHECK(sandbox.exited(config.task)->exit_code == 137);
  CHECK(sandbox.exited(config.task)->signal == 9);
  CHECK(sandbox.exited(config.task)->oom_killed);
}

ES_CONTAINER_TEST("a killed child of a task that ends well is no OOM kill of the task") {
  Sandbox sandbox;
  auto config = sandbox.script("dd if=/dev/zero of=/dev/null bs=64M count=1; echo $?; exit 0");
  config.resources.limits.memory_bytes = 16 << 20;
  CHECK(sandbox.run(config).find("137\n") != std::string::npos);
  REQUIRE(sandbox.exited(config.task));
  CHECK(sandbox.exited(config.task)->exit_code == 0);
  CHECK_FALSE(sandbox.exited(config.task)->oom_killed);
}

ES_CONTAINER_TEST("a task within its limits runs beside its neighbours") {
  Sandbox sandbox;
  auto config =
      sandbox.script("dd if=/dev/zero of=/dev/null bs=4M count=4 2>/dev/null && echo well");
  config.resources.limits.memory_bytes = 16 << 20;
  CHECK(sandbox.run(config) == "well\n");
}

ES_CONTAINER_TEST("a fork bomb stops at the process limit") {
  Sandbox sandbox;
  auto config = sandbox.script("i=0; while [ $i -lt 40 ]; do sleep 1000 & i=$((i+1)); done; wait");
  config.resources.limits.pids = 20;
  sandbox.runtime().start(config);
  REQUIRE(sandbox.wait_until(
      [&] { return sandbox.output(config.task).find("fork") != std::string::npos; }));
  CHECK(control(sandbox, config.task, "pids", "pids.max") == "20");
  auto usual = sandbox.script("exec sleep 1000");
  sandbox.runtime().start(usual);
  REQUIRE(sandbox.wait_until([&] { return sandbox.started(usual.task) != nullptr; }));
  const int64_t threads_max =
      std::stoll(cgroup::read_small_file("/proc/sys/kernel/threads-max").value());
  CHECK(control(sandbox, usual.task, "pids", "pids.max") ==
        std::to_string(cgroup::default_pids_max(threads_max)));
}

ES_CONTAINER_TEST("reservations and limits stand in the cgroup") {
  Sandbox sandbox;
  auto config = sandbox.script("exec sleep 1000");
  config.resources.limits = {500'000'000, 64 << 20, 50, {}};
  config.resources.reservations = {250'000'000, 32 << 20, 0, {}};
  sandbox.runtime().start(config);
  REQUIRE(sandbox.wait_until([&] { return sandbox.started(config.task) != nullptr; }));
  if (host().layout == cgroup::Layout::kV2) {
    CHECK(control(sandbox, config.task, "memory", "memory.max") == std::to_string(64 << 20));
    CHECK(control(sandbox, config.task, "memory", "memory.min") == std::to_string(32 << 20));
    CHECK(control(sandbox, config.task, "cpu", "cpu.max") == "50000 100000");
    CHECK(control(sandbox, config.task, "cpu", "cpu.weight") == "25");
  } else {
    CHECK(control(sandbox, config.task, "memory", "memory.limit_in_bytes") ==
          std::to_string(64 << 20));
    CHECK(control(sandbox, config.task, "memory", "memory.soft_limit_in_bytes") ==
          std::to_string(32 << 20));
    CHECK(control(sandbox, config.task, "cpu", "cpu.cfs_quota_us") == "50000");
    CHECK(control(sandbox, config.task, "cpu", "cpu.shares") == "256");
  }
  const auto usage = sandbox.runtime().usage(config.task);
  REQUIRE(usage.ok());
  CHECK(usage->memory_bytes > 0);
  CHECK(usage->memory_bytes < (64 << 20));
  CHECK(usage->cpu_ns > 0);
  CHECK(usage->pids == 1);
}

ES_CONTAINER_TEST("a busy task is held at its CPU limit") {
  Sandbox sandbox;
  auto config = sandbox.script("exec yes > /dev/null");
  config.resources.limits.cpu_nano = 200'000'000;
  sandbox.runtime().start(config);
  const char* controller = "cpu";
  REQUIRE(sandbox.wait_until([&] {
    return control(sandbox, config.task, controller, "cpu.stat").find("nr_throttled 0") ==
               std::string::npos &&
           sandbox.started(config.task) != nullptr;
  }));
  // Whatever the load of this machine: never more than a fifth of a core, with one period of slack.
  const uint64_t begin = uv_hrtime();
  const int64_t used_before = sandbox.runtime().usage(config.task)->cpu_ns;
  sandbox.wait_until([&] { return uv_hrtime() - begin > 500'000'000; });
  const int64_t used = sandbox.runtime().usage(config.task)->cpu_ns - used_before;
  const auto elapsed = static_cast<int64_t>(uv_hrtime() - begin);
  CHECK(used <= elapsed / 5 + 25'000'000);
}

}  // namespace

}  // namespace es::runtime
