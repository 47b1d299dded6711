// Real containers: how they start, end, and what they find.

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "doctest/doctest.h"
#include "platform/linux/cgroup/small_file.h"
#include "tests/unit/linux_runtime/sandbox.h"

namespace es::runtime {

namespace {

ES_CONTAINER_TEST("an exit code, both streams and an unfinished line come back") {
  Sandbox sandbox;
  const auto config = sandbox.script("echo out; echo err >&2; printf unfinished; exit 42");
  const std::string text =
      sandbox.run(config);  // in any order: two pipes know nothing of each other
  CHECK(text.find("out\n") != std::string::npos);
  CHECK(text.find("!err\n") != std::string::npos);
  CHECK(text.find("unfinished") != std::string::npos);
  CHECK(text.size() == std::string("out\n!err\nunfinished").size());
  REQUIRE(sandbox.started(config.task));
  CHECK(sandbox.started(config.task)->pid > 0);
  REQUIRE(sandbox.exited(config.task));
  CHECK(sandbox.exited(config.task)->exit_code == 42);
  CHECK(sandbox.exited(config.task)->signal == 0);
  CHECK_FALSE(sandbox.exited(config.task)->oom_killed);
  CHECK(sandbox.exited(config.task)->at.ns > 0);
  CHECK(sandbox.runtime().engine_duration_us(config.task).value_or(0) > 0);
}

ES_CONTAINER_TEST("what cannot start says why in one sentence") {
  Sandbox sandbox;
  struct Case {
    const char* name;
    std::function<void(ports::ContainerConfig&)> change;
    const char* reason;
  };
  const Case cases[] = {
      {"no such program", [](auto& c) { c.args = {"/bin/nope"}; },
       "executable file `/bin/nope` not found"},
      {"no command", [](auto& c) { c.args = {}; }, "no command specified"},
      {"unknown user", [](auto& c) { c.user = "nobody-here"; },
       "unable to find user nobody-here: no matching entries"},
      {"unknown group", [](auto& c) { c.user = "web:nogroup"; }, "unable to find group nogroup"},
      {"bind source missing",
       [](auto& c) {
         c.mounts = {Mount{MountType::kBind, "/does/not/exist", "/mnt"}};
       },
       "bind source path does not exist: /does/not/exist"},
      {"mount over the root",
       [](auto& c) {
         c.mounts = {Mount{MountType::kTmpfs, "", "/"}};
       },
       "invalid mount target"},
      {"mount above the root",
       [](auto& c) {
         c.mounts = {Mount{MountType::kTmpfs, "", "/a/../../b"}};
       },
       "invalid mount target"},
      {"volume with a path",
       [](auto& c) {
         c.mounts = {Mount{MountType::kVolume, "../x", "/mnt"}};
       },
       "invalid volume name"},
      {"relative working directory", [](auto& c) { c.dir = "here"; },
       "needs to be an absolute path"},
      {"unknown capability", [](auto& c) { c.capability_add = {"FLY"}; },
       "unknown capability: \"FLY\""},
      {"unknown signal", [](auto& c) { c.stop_signal = "SIGWHAT"; }, "invalid signal: SIGWHAT"},
      {"zero byte in the environment", [](auto& c) { c.env = {std::string("A=\0b", 4)}; },
       "not UTF-8"},
      {"network sysctl on the host",
       [](auto& c) {
         c.network = ports::NetworkMode::kHost, c.sysctls = {{"net.ipv4.ip_forward", "1"}};
       },
       "not allowed in the host's network"},
      {"no root file system", [](auto& c) { c.rootfs = "/does/not/exist"; }, "/does/not/exist"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    auto config = sandbox.script("true");
    one.change(config);
    const std::string outcome = sandbox.run(config);
    CAPTURE(outcome);
    CHECK(outcome.starts_with("start failed: "));
    CHECK(outcome.find(one.reason) != std::string::npos);
    CHECK(outcome.find('\n') == std::string::npos);
    CHECK_FALSE(sandbox.exited(config.task));
    sandbox.runtime().remove(config.task);
  }
}

ES_CONTAINER_TEST("environment, working directory, user, groups and host name") {
  Sandbox sandbox;
  auto config = sandbox.script(
      "echo $GREETING $HOME; pwd; id -u; id -g; id -G; hostname; echo $HOSTNAME; cat "
      "/etc/hostname");
  config.env = {"GREETING=hei \"quoted\" \\ ä"};
  config.dir = "/data";
  config.user = "web";
  config.groups = {"2000"};
  config.hostname = "board-7";
  CHECK(sandbox.run(config) ==
        "hei \"quoted\" \\ ä /home/web\n/data\n1001\n1002\n1002 1003 "
        "2000\nboard-7\nboard-7\nboard-7\n");
}

ES_CONTAINER_TEST("/etc/hosts names the container and what the service adds") {
  Sandbox sandbox;
  auto config = sandbox.script("cat /etc/hosts");
  config.hostname = "board-7";
  config.hosts = {"10.1.2.3 database db"};
  const std::string text = sandbox.run(config);
  CHECK(text.find("127.0.0.1\tlocalhost\n") == 0);
  CHECK(text.find("127.0.1.1\tboard-7\n10.1.2.3 database db\n") != std::string::npos);
}

ES_CONTAINER_TEST("mounts: bind, read-only bind, tmpfs, volume; and a read-only root") {
  Sandbox sandbox;
  std::ofstream(sandbox.folder() + "/given") << "from the node\n";
  auto config = sandbox.script(
      "cat /given; touch /given 2>&1; touch /mnt/scratch/x && echo scratch; touch /mnt/vol/kept && "
      "echo volume; "
      "touch /new 2>&1; grep ' /mnt/scratch ' /proc/mounts");
  config.read_only = true;
  config.mounts = {Mount{MountType::kTmpfs, "", "/mnt/scratch", false, MountPropagation::kRprivate,
                         1 << 20, 0700},
                   Mount{MountType::kBind, sandbox.folder() + "/given", "/given", true},
                   Mount{MountType::kVolume, "data", "/mnt/vol"}};
  const std::string text = sandbox.run(config);
  CAPTURE(text);
  CHECK(text.find("from the node\ntouch: /given: Read-only file system\nscratch\nvolume\n") == 0);
  CHECK(text.find("touch: /new: Read-only file system\n") != std::string::npos);
  CHECK(text.find("size=1024k,mode=700") != std::string::npos);
  CHECK(cgroup::exists(sandbox.folder() + "/volumes/data/_data/kept"));
}

ES_CONTAINER_TEST("network none has a loopback that is up, network host is the node's own") {
  Sandbox sandbox;
  CHECK(sandbox.run(sandbox.script(
            "ip -o link | wc -l; ip addr show lo | grep -c 'inet 127.0.0.1'")) == "1\n1\n");
  auto host = sandbox.script("stat -L -c %i /proc/self/ns/net");
  host.network = ports::NetworkMode::kHost;
  struct stat mine {};
  REQUIRE(stat("/proc/self/ns/net", &mine) == 0);
  CHECK(sandbox.run(host) == std::to_string(mine.st_ino) + "\n");
}

ES_CONTAINER_TEST("Docker's capabilities, masked paths and system call filter") {
  Sandbox sandbox;
  CHECK(sandbox.run(sandbox.script("true"))
            .empty());  // the next one gets the filter that was compiled for this one
  const std::string text = sandbox.run(
      sandbox.script("grep CapEff /proc/self/status; grep Seccomp: /proc/self/status; wc -c < "
                     "/proc/keys; unshare -m true 2>&1; "
                     "echo 1 2>/dev/null > /proc/sys/kernel/pid_max || echo read-only"));
  CHECK(text ==
        "CapEff:\t00000000a80425fb\nSeccomp:\t2\n0\nunshare: unshare(0x20000): Operation not "
        "permitted\nread-only\n");
  auto dropped = sandbox.script("grep CapBnd /proc/self/status");
  dropped.capability_drop = {"ALL"};
  dropped.capability_add = {"NET_BIND_SERVICE", "CAP_KILL"};
  CHECK(sandbox.run(dropped) == "CapBnd:\t0000000000000420\n");
}

ES_CONTAINER_TEST("ulimits and sysctls reach the container") {
  Sandbox sandbox;
  auto config = sandbox.script("ulimit -n; ulimit -Hn; cat /proc/sys/kernel/shm_rmid_forced");
  config.ulimits = {Ulimit{"nofile", 512, 1024}};
  config.sysctls = {{"kernel.shm_rmid_forced", "1"}};
  CHECK(sandbox.run(config) == "512\n1024\n1\n");
}

ES_CONTAINER_TEST("stop sends the signal that was asked for, and SIGKILL after the grace period") {
  Sandbox sandbox;
  auto polite =
      sandbox.script("trap 'echo bye; exit 7' USR1; echo ready; while :; do sleep 0.01; done");
  polite.stop_signal = "SIGUSR1";
  auto deaf = sandbox.script("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  deaf.stop_grace_period = milliseconds(100);
  for (const auto& config : {polite, deaf}) {
    sandbox.runtime().start(config);
    REQUIRE(sandbox.wait_until([&] { return sandbox.output(config.task) == "ready\n"; }));
    sandbox.runtime().stop(config.task);
    sandbox.runtime().stop(config.task);  // once is enough
    REQUIRE(sandbox.wait_for_exit(config.task));
  }
  CHECK(sandbox.exited(polite.task)->exit_code == 7);
  CHECK(sandbox.output(polite.task) == "ready\nbye\n");
  CHECK(sandbox.exited(deaf.task)->exit_code == 137);
  CHECK(sandbox.exited(deaf.task)->signal == 9);
  CHECK_FALSE(sandbox.exited(deaf.task)->oom_killed);
}

ES_CONTAINER_TEST("a task that is stopped while it starts or waits ends all the same") {
  Sandbox sandbox;
  std::vector<ports::ContainerConfig> configs;
  for (int i = 0; i < 12; ++i) configs.push_back(sandbox.script("exec sleep 1000"));
  for (auto& config : configs) {
    config.stop_grace_period = milliseconds(0);
    sandbox.runtime().start(config);
  }
  uv_run(sandbox.loop(), UV_RUN_NOWAIT);  // eight are under way, four wait
  for (const auto& config : configs) sandbox.runtime().stop(config.task);
  for (const auto& config : configs) CHECK(sandbox.wait_for_exit(config.task));
  int cancelled = 0;
  for (const auto& config : configs) cancelled += sandbox.failed(config.task) != nullptr;
  CHECK(cancelled == 4);
}

ES_CONTAINER_TEST("twenty at once, all of them run and leave nothing behind") {
  Sandbox sandbox;
  std::vector<ports::ContainerConfig> configs;
  for (int i = 0; i < 20; ++i)
    configs.push_back(sandbox.script("echo " + std::to_string(i) + "; exec sleep 1000"));
  for (const auto& config : configs) sandbox.runtime().start(config);
  for (size_t i = 0; i < configs.size(); ++i) {
    const TaskId task = configs[i].task;
    CHECK(sandbox.wait_until([&] { return sandbox.output(task) == std::to_string(i) + "\n"; }));
    CHECK(sandbox.wait_until([&] { return sandbox.started(task) != nullptr; }));
  }
  for (const auto& config : configs)
    sandbox.runtime().remove(config.task);  // a running one is killed first
  for (const auto& config : configs) CHECK(sandbox.wait_for_exit(config.task));
  for (const char* rest : {"/tasks", "/logs"}) {
    CHECK(sandbox.wait_until(
        [&] { return std::filesystem::is_empty(sandbox.options().run_directory + rest); }));
  }
  for (const std::string& tree : cgroup::detect().trees) {
    for (const auto& config : configs) {
      const std::string left =
          tree + sandbox.options().cgroup_parent + "/" + config.task.to_string();
      CAPTURE(left);
      CHECK(sandbox.wait_until([&] { return !cgroup::exists(left); }));
    }
  }
}

ES_CONTAINER_TEST("runc does as well as crun" *
                  doctest::skip(!find_engine("/usr/sbin/runc").ok())) {
  Sandbox sandbox("/usr/sbin/runc");
  auto config = sandbox.script(
      "echo $0; grep Seccomp: /proc/self/status; exec dd if=/dev/zero of=/dev/null bs=64M count=1");
  config.resources.limits.memory_bytes = 16 << 20;
  CHECK(sandbox.run(config) == "/bin/sh\nSeccomp:\t2\n");
  CHECK(sandbox.exited(config.task)->oom_killed);
  auto wrong = sandbox.script("true");
  wrong.args = {"/bin/nope"};
  const std::string reason = sandbox.run(wrong);
  CAPTURE(reason);
  CHECK(reason.find("/bin/nope") != std::string::npos);
  CHECK(reason.find("level=") == std::string::npos);
}

ES_CONTAINER_TEST("the same task cannot be started twice, and too many cannot wait") {
  Sandbox sandbox;
  const auto config = sandbox.script("true");
  CHECK(sandbox.run(config).empty());
  sandbox.runtime().start(config);
  REQUIRE(sandbox.wait_until([&] { return sandbox.failed(config.task) != nullptr; }));
  CHECK(sandbox.failed(config.task)->reason.find("started before") != std::string::npos);
  std::vector<ports::ContainerConfig> flood(513, sandbox.script("true"));
  flood.back() = sandbox.script("true");
  for (const auto& one : flood) sandbox.runtime().start(one);
  REQUIRE(sandbox.wait_until([&] { return sandbox.failed(flood.back().task) != nullptr; }));
  CHECK(sandbox.failed(flood.back().task)->reason.find("too many") == 0);
}

}  // namespace

}  // namespace es::runtime
