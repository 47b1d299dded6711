#include "tests/unit/linux_runtime/sandbox.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/base/prng.h"
#include "platform/linux/cgroup/small_file.h"
#include "platform/linux/runtime/privileges.h"

extern "C" const char es_embedded_shim_begin[], es_embedded_shim_end[];

namespace es::runtime {

namespace {

constexpr const char* kBusybox = "/bin/busybox";

TaskId new_task() {
  static Prng prng(
      static_cast<uint64_t>(getpid()) << 32 ^
      static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()));
  return TaskId::draw(prng);
}

void make_rootfs(const std::string& path) {
  for (const char* folder : {"/bin", "/etc", "/proc", "/sys", "/dev", "/tmp", "/data"}) {
    std::filesystem::create_directories(path + folder);
  }
  std::filesystem::copy_file(kBusybox, path + "/bin/busybox");
  for (const char* name :
       {"sh",   "sleep", "true", "cat",  "id",     "dd",      "ls",    "hostname",
        "kill", "env",   "pwd",  "grep", "wc",     "seq",     "yes",   "touch",
        "stat", "mount", "head", "ip",   "ulimit", "unshare", "mkdir", "echo"}) {
    std::filesystem::create_symlink("busybox", path + "/bin/" + name);
  }
  std::ofstream(path + "/etc/passwd")
      << "root:x:0:0:root:/root:/bin/sh\nweb:x:1001:1002:Web:/home/web:/bin/sh\n";
  std::ofstream(path + "/etc/group") << "root:x:0:\nweb:x:1002:\nextra:x:1003:web\n";
}

void close_loop(uv_loop_t& loop) {
  uv_run(&loop, UV_RUN_NOWAIT);  // delivers the close callbacks
  while (uv_loop_close(&loop) == UV_EBUSY) uv_run(&loop, UV_RUN_NOWAIT);
}

}  // namespace

std::string_view embedded_shim() {
  return {es_embedded_shim_begin,
          static_cast<size_t>(es_embedded_shim_end - es_embedded_shim_begin)};
}

std::string sandbox_obstacle() {
  std::string obstacle;
  const Status privileges =
      check_privileges(cgroup::read_small_file("/proc/self/status").value_or(""));
  const auto engine = find_engine("");
  if (!privileges.ok())
    obstacle = privileges.error().message;
  else if (!engine.ok())
    obstacle = engine.error().message;
  else if (!cgroup::exists(kBusybox))
    obstacle = "no busybox-static";
  static bool said = false;
  if (!obstacle.empty() && !std::exchange(said, true))
    std::printf("SKIP the container tests: %s\n", obstacle.c_str());
  return obstacle;
}

Sandbox::Sandbox(const std::string& engine) {
  char name[] = "/tmp/edgeswarm-runtime-XXXXXX";
  folder_ = mkdtemp(name);
  chmod(folder_.c_str(), 0755);
  rootfs_ = folder_ + "/rootfs";
  make_rootfs(rootfs_);
  options_.run_directory = folder_ + "/run";
  options_.volumes_directory = folder_ + "/volumes";
  options_.engine = engine;
  options_.cgroup_parent = "/" + folder_.substr(folder_.rfind('/') + 1);
  options_.shim = embedded_shim();
  options_.log = [this](std::string_view sentence) { said_.emplace_back(sentence); };
  uv_loop_init(&loop_);
  open_runtime();
}

void Sandbox::open_runtime() {
  auto opened = ContainerRuntime::open(&loop_, options_);
  if (!opened.ok()) std::printf("%s\n", opened.error().message.c_str());
  runtime_ = std::move(opened).value();
  runtime_->set_listener([this](TaskId task, ports::ContainerEvent event) {
    events_.push_back({task, std::move(event)});
  });
}

std::vector<ports::AdoptedContainer> Sandbox::restart() {
  runtime_.reset();
  uv_run(&loop_, UV_RUN_NOWAIT);
  events_.clear();
  open_runtime();
  return runtime_->adopt().value();
}

Sandbox::~Sandbox() {
  if (!runtime_) open_runtime();
  const auto tasks = options_.run_directory + "/tasks";
  if (const auto adopted = runtime_->adopt(); !adopted.ok())
    std::printf("%s\n", adopted.error().message.c_str());
  for (const auto& entry : std::filesystem::directory_iterator(tasks)) {
    if (const auto task = TaskId::parse(entry.path().filename().string())) runtime_->remove(*task);
  }
  const bool empty = wait_until([&] { return std::filesystem::is_empty(tasks); });
  if (!empty) std::printf("tasks are left in %s\n", tasks.c_str());
  const cgroup::Tree tree(cgroup::detect(), options_.cgroup_parent);
  wait_until([&] { return tree.remove("").ok(); });
  runtime_.reset();
  close_loop(loop_);
  std::filesystem::remove_all(folder_);
}

ports::ContainerConfig Sandbox::script(const std::string& text) {
  ports::ContainerConfig config;
  config.task = new_task();
  config.rootfs = rootfs_;
  config.args = {"/bin/sh", "-c", text};
  return config;
}

bool Sandbox::wait_until(const std::function<bool()>& condition) {
  bool expired = false;
  Timer deadline(&loop_, [&] { expired = true; });
  deadline.start(10'000);
  // A condition may be one of the file system, which wakes nobody.
  std::unique_ptr<Timer> tick;
  tick = std::make_unique<Timer>(&loop_, [&] { tick->start(5); });
  tick->start(5);
  while (!condition() && !expired) uv_run(&loop_, UV_RUN_ONCE);
  return !expired;
}

namespace {

template <class Event>
const Event* last_event(const std::vector<SeenEvent>& events, TaskId task) {
  const Event* found = nullptr;
  for (const SeenEvent& seen : events) {
    if (seen.task == task && std::holds_alternative<Event>(seen.event))
      found = &std::get<Event>(seen.event);
  }
  return found;
}

}  // namespace

const ports::ContainerStarted* Sandbox::started(TaskId task) const {
  return last_event<ports::ContainerStarted>(events_, task);
}
const ports::ContainerStartFailed* Sandbox::failed(TaskId task) const {
  return last_event<ports::ContainerStartFailed>(events_, task);
}
const ports::ContainerExited* Sandbox::exited(TaskId task) const {
  return last_event<ports::ContainerExited>(events_, task);
}

bool Sandbox::wait_for_exit(TaskId task) {
  return wait_until([&] { return exited(task) != nullptr || failed(task) != nullptr; });
}

std::string Sandbox::run(const ports::ContainerConfig& config) {
  runtime_->start(config);
  wait_for_exit(config.task);
  if (const auto* failure = failed(config.task)) return "start failed: " + failure->reason;
  return output(config.task);
}

std::string Sandbox::output(TaskId task) const {
  const LogReader reader(runtime_->log_directory(task));
  std::string text;
  for (uint64_t offset = 0;;) {
    const auto batch = reader.read(offset).value();
    if (batch.lines.empty()) return text;
    for (const LogLine& line : batch.lines) {
      text += (line.from_stderr ? "!" : "") + line.text + (line.complete ? "\n" : "");
    }
    offset = batch.next_offset;
  }
}

}  // namespace es::runtime
