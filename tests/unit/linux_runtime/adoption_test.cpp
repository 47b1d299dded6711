// Tasks outlive the daemon (DESIGN D6): a daemon that is killed in the middle of its work, and the
// next one.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "doctest/doctest.h"
#include "platform/linux/runtime/task_records.h"
#include "tests/unit/linux_runtime/sandbox.h"

namespace es::runtime {

namespace {

const ports::AdoptedContainer* find(const std::vector<ports::AdoptedContainer>& all, TaskId task) {
  for (const ports::AdoptedContainer& one : all) {
    if (one.task == task) return &one;
  }
  return nullptr;
}

// A daemon in a process of its own that starts the containers, waits until `ready`, and is killed
// with SIGKILL.
void run_and_kill_daemon(const Sandbox& sandbox, const std::vector<ports::ContainerConfig>& configs,
                         const std::function<bool()>& ready) {
  const pid_t daemon = fork();
  if (daemon == 0) {
    uv_loop_t loop;
    uv_loop_init(&loop);
    RuntimeOptions options = sandbox.options();
    options.log = nullptr;
    auto runtime = ContainerRuntime::open(&loop, options).value();
    runtime->set_listener([](TaskId, ports::ContainerEvent) {});
    for (const auto& config : configs) runtime->start(config);
    uv_run(&loop, UV_RUN_DEFAULT);
    _exit(0);
  }
  Sandbox& waiting = const_cast<Sandbox&>(sandbox);
  CHECK(waiting.wait_until(ready));
  kill(daemon, SIGKILL);
  waitpid(daemon, nullptr, 0);
}

bool has_record(const Sandbox& sandbox, TaskId task, const char* name) {
  return std::filesystem::exists(sandbox.options().run_directory + "/tasks/" + task.to_string() +
                                 "/" + name);
}

ES_CONTAINER_TEST("a task does not notice that its daemon was killed, and the next one stops it") {
  Sandbox sandbox;
  auto config =
      sandbox.script("trap 'echo stopped; exit 9' USR2; echo up; while :; do sleep 0.01; done");
  config.stop_signal = "USR2";
  run_and_kill_daemon(sandbox, {config}, [&] { return sandbox.output(config.task) == "up\n"; });

  const auto adopted = sandbox.restart();
  REQUIRE(find(adopted, config.task));
  const auto* started = std::get_if<ports::ContainerStarted>(&find(adopted, config.task)->last);
  REQUIRE(started);
  CHECK(kill(static_cast<pid_t>(started->pid), 0) == 0);
  CHECK(sandbox.events().empty());

  sandbox.runtime().stop(config.task);
  REQUIRE(sandbox.wait_for_exit(config.task));
  CHECK(sandbox.exited(config.task)->exit_code == 9);
  CHECK(sandbox.output(config.task) == "up\nstopped\n");
}

ES_CONTAINER_TEST("a container whose folder is gone is ended before its task starts again") {
  Sandbox sandbox;
  const auto config = sandbox.script("exec sleep 1000");
  run_and_kill_daemon(sandbox, {config}, [&] { return has_record(sandbox, config.task, "started"); });
  const auto first = read_started(sandbox.options().run_directory + "/tasks/" + config.task.to_string());
  REQUIRE(first);
  std::filesystem::remove_all(sandbox.options().run_directory + "/tasks");
  CHECK(sandbox.restart().empty());
  SUBCASE("or is told to stop") {
    sandbox.runtime().stop(config.task);
    CHECK(sandbox.wait_until([&] { return kill(static_cast<pid_t>(first->pid), 0) != 0; }));
    return;
  }
  sandbox.runtime().start(config);
  REQUIRE(sandbox.wait_until([&] { return sandbox.started(config.task) != nullptr || sandbox.failed(config.task) != nullptr; }));
  CHECK_MESSAGE(sandbox.started(config.task) != nullptr, sandbox.failed(config.task)->reason);
  CHECK(sandbox.wait_until([&] { return kill(static_cast<pid_t>(first->pid), 0) != 0; }));
}

ES_CONTAINER_TEST("what ended while no daemon was there is reported with its true end") {
  Sandbox sandbox;
  auto failing = sandbox.script("while [ ! -e /data/go ]; do sleep 0.01; done; echo end; exit 42");
  auto unlucky = sandbox.script(
      "while [ ! -e /data/go ]; do sleep 0.01; done; exec dd if=/dev/zero of=/dev/null bs=64M "
      "count=1");
  unlucky.resources.limits.memory_bytes = 16 << 20;
  auto wrong = sandbox.script("true");
  wrong.args = {"/bin/nope"};
  run_and_kill_daemon(sandbox, {failing, unlucky, wrong}, [&] {
    return has_record(sandbox, failing.task, "started") &&
           has_record(sandbox, unlucky.task, "started") && has_record(sandbox, wrong.task, "exit");
  });
  std::filesystem::create_directory(sandbox.rootfs() + "/data/go");
  REQUIRE(sandbox.wait_until([&] {
    return has_record(sandbox, failing.task, "exit") && has_record(sandbox, unlucky.task, "exit");
  }));

  const auto adopted = sandbox.restart();
  CHECK(adopted.size() == 3);
  const auto* exited = std::get_if<ports::ContainerExited>(&find(adopted, failing.task)->last);
  REQUIRE(exited);
  CHECK(exited->exit_code == 42);
  CHECK(exited->at.ns > 0);
  CHECK(sandbox.output(failing.task) == "end\n");
  const auto* killed = std::get_if<ports::ContainerExited>(&find(adopted, unlucky.task)->last);
  REQUIRE(killed);
  CHECK(killed->oom_killed);
  const auto* failed = std::get_if<ports::ContainerStartFailed>(&find(adopted, wrong.task)->last);
  REQUIRE(failed);
  CHECK(failed->reason.find("/bin/nope") != std::string::npos);
  CHECK(sandbox.restart().size() == 3);  // until they are removed
  for (const auto& one : adopted) sandbox.runtime().remove(one.task);
  CHECK(sandbox.restart().empty());
}

ES_CONTAINER_TEST("a daemon that is killed in the middle of starting twenty leaves twenty facts") {
  Sandbox sandbox;
  std::vector<ports::ContainerConfig> configs;
  for (int i = 0; i < 20; ++i) configs.push_back(sandbox.script("exec sleep 1000"));
  const std::string tasks = sandbox.options().run_directory + "/tasks";
  run_and_kill_daemon(sandbox, configs, [&] { return !std::filesystem::is_empty(tasks); });

  for (const ports::AdoptedContainer& one : sandbox.restart()) {
    CAPTURE(one.task.to_string());
    if (std::holds_alternative<ports::ContainerStarted>(one.last)) {
      CHECK(sandbox.wait_until([&] { return has_record(sandbox, one.task, "started"); }));
      sandbox.runtime().remove(one.task);
      CHECK(sandbox.wait_for_exit(one.task));
    } else {
      CHECK(std::holds_alternative<ports::ContainerStartFailed>(one.last));
    }
  }
}

ES_CONTAINER_TEST("a monitor that is killed takes its container along, whoever watches") {
  Sandbox sandbox;
  const auto watched = sandbox.script("exec sleep 1000");
  const auto orphaned = sandbox.script("exec sleep 1000");
  for (const auto& config : {watched, orphaned}) {
    sandbox.runtime().start(config);
    REQUIRE(sandbox.wait_until([&] { return sandbox.started(config.task) != nullptr; }));
  }
  const auto folder = [&](TaskId task) {
    return sandbox.options().run_directory + "/tasks/" + task.to_string();
  };
  const auto pid = static_cast<pid_t>(sandbox.started(watched.task)->pid);
  kill(read_shim_pid(folder(watched.task)), SIGKILL);
  REQUIRE(sandbox.wait_for_exit(watched.task));
  CHECK(sandbox.exited(watched.task)->exit_code == 137);
  CHECK(sandbox.wait_until([&] { return kill(pid, 0) != 0; }));

  kill(read_shim_pid(folder(orphaned.task)), SIGKILL);
  const auto adopted = sandbox.restart();
  REQUIRE(find(adopted, orphaned.task));
  const auto* exited = std::get_if<ports::ContainerExited>(&find(adopted, orphaned.task)->last);
  if (exited == nullptr) {  // the killed monitor was not yet gone when the next daemon looked
    REQUIRE(sandbox.wait_for_exit(orphaned.task));
    exited = sandbox.exited(orphaned.task);
  }
  REQUIRE(exited);
  CHECK(exited->exit_code == 137);
}

}  // namespace

}  // namespace es::runtime
