#include "platform/linux/runtime/container_runtime.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "platform/linux/cgroup/self_protection.h"
#include "platform/linux/cgroup/small_file.h"
#include "platform/linux/files/remove_tree.h"
#include "platform/linux/runtime/child_process.h"
#include "platform/linux/runtime/privileges.h"
#include "platform/linux/runtime/running_container.h"
#include "platform/linux/runtime/signals.h"

namespace es::runtime {

namespace {

constexpr uint64_t kCgroupRetryMs = 100;
constexpr int kCgroupTries = 100;
constexpr int kRemainsPauseMs = 1;
constexpr int kRemainsTries = 100;

int pid_open(int pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

Status check_options(const RuntimeOptions& options) {
  const auto absolute = [](const std::string& path) { return !path.empty() && path[0] == '/'; };
  if (!absolute(options.run_directory) || !absolute(options.volumes_directory) ||
      !absolute(options.cgroup_parent) ||
      (!options.log_directory.empty() && !absolute(options.log_directory))) {
    return invalid("the folders of the container runtime must be absolute paths");
  }
  if (options.log_segment_bytes < (16 << 10) || options.log_segment_bytes > (1 << 30) ||
      options.log_segments < 1 || options.log_segments > 16) {
    return invalid("a task's log is 1 to 16 files of 16 KiB to 1 GiB");
  }
  if (options.concurrent_starts < 1 || options.concurrent_starts > 64 ||
      options.queued_starts < 1) {
    return invalid(
        "1 to 64 containers can be started at a time, and at least one must be able to wait");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ContainerRuntime>> ContainerRuntime::open(uv_loop_t* loop,
                                                                 RuntimeOptions options) {
  ES_CHECK(check_options(options));
  ES_CHECK(check_privileges(cgroup::read_small_file("/proc/self/status").value_or("")));
  ES_TRY(Engine engine, find_engine(options.engine));
  for (const std::string& path :
       {tasks_directory(options), engine_state_directory(options), logs_directory(options)}) {
    ES_CHECK(cgroup::make_folders(path, 0711));
  }
  ES_TRY(ShimProgram shim, ShimProgram::make(options.shim, options.run_directory));
  cgroup::Tree cgroups(cgroup::detect(), options.cgroup_parent);
  ES_CHECK(cgroups.prepare(options.cpu_count));
  std::unique_ptr<ContainerRuntime> runtime(new ContainerRuntime(
      loop, std::move(options), std::move(cgroups), std::move(engine), std::move(shim)));
  runtime->say("containers are made by " + runtime->engine_.path + " on " +
               describe(runtime->cgroups_.host()));
  for (const std::string& refused :
       cgroup::protect_daemon(runtime->cgroups_.host(), runtime->options_.daemon_memory_bytes)) {
    runtime->say(refused);
  }
  return runtime;
}

ContainerRuntime::ContainerRuntime(uv_loop_t* loop, RuntimeOptions options, cgroup::Tree cgroups,
                                   Engine engine, ShimProgram shim)
    : loop_(loop),
      options_(std::move(options)),
      cgroups_(std::move(cgroups)),
      engine_(std::move(engine)),
      shim_(std::move(shim)),
      context_(make_bundle_context(options_, cgroups_, engine_)),
      work_timer_(loop, [this] { work(); }),
      cgroup_timer_(loop, [this] {
        for (const auto& [name, tries] : std::exchange(busy_cgroups_, {}))
          remove_cgroup(name, tries);
      }) {}

ContainerRuntime::~ContainerRuntime() = default;

void ContainerRuntime::say(std::string_view sentence) const {
  if (options_.log) options_.log(sentence);
}

void ContainerRuntime::emit_later(TaskId task, ports::ContainerEvent event) {
  undelivered_.emplace_back(task, std::move(event));
  work_timer_.start(0);
}

void ContainerRuntime::start(ports::ContainerConfig config) {
  if (waiting_.size() >= options_.queued_starts) {
    emit_later(config.task, ports::ContainerStartFailed{
                                "too many containers are waiting to be started on this node"});
    return;
  }
  waiting_.push_back(std::move(config));
  work_timer_.start(0);
}

// Delivers what calls of the port had to say, then starts what may be started.
void ContainerRuntime::work() {
  for (auto& [task, event] : std::exchange(undelivered_, {})) listener_(task, std::move(event));
  while (starting_.size() < options_.concurrent_starts && !waiting_.empty()) {
    const ports::ContainerConfig config = std::move(waiting_.front());
    waiting_.pop_front();
    launch(config);
  }
}

bool ContainerRuntime::cancel_waiting(TaskId task) {
  return std::erase_if(waiting_, [&](const auto& config) { return config.task == task; }) > 0;
}

void ContainerRuntime::launch(const ports::ContainerConfig& config) {
  const Status launched = try_launch(config);
  if (!launched.ok()) listener_(config.task, ports::ContainerStartFailed{launched.error().message});
}

Status ContainerRuntime::try_launch(const ports::ContainerConfig& config) {
  const auto signal = parse_signal(config.stop_signal);
  if (!signal) return invalid("invalid signal: " + config.stop_signal);
  const StopRecord stop{*signal, config.stop_grace_period};
  const TaskDirectory directory(options_, config.task);
  ES_CHECK(end_remains(directory));
  ES_TRY(const std::vector<std::string> capabilities,
         write_bundle(context_, directory, config, stop));
  ES_TRY(const std::optional<int> lock, directory.lock());
  if (!lock) return Error{Errc::kConflict, "the task is watched already"};
  const int logs = ::open(directory.log_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int starting[2] = {-1, -1};
  if (logs < 0 || pipe2(starting, O_CLOEXEC) != 0) {
    const Error error = cgroup::system_error("cannot prepare the start of", directory.path());
    close(*lock);
    if (logs >= 0) close(logs);
    return error;
  }
  const auto pid =
      spawn_child(shim_.path(), shim_command(context_, directory), {*lock, logs, starting[1]});
  for (const int fd : {*lock, logs, starting[1]}) close(fd);
  const int process = pid.ok() ? pid_open(*pid) : -1;
  if (process < 0) {
    close(starting[0]);
    return pid.ok() ? cgroup::system_error("cannot watch", directory.path()) : pid.error();
  }
  starting_[config.task] = capabilities;
  watch(directory, config.task, stop, *pid, process)
      .expect_start(starting[0], options_.start_timeout_ms);
  return {};
}

// Of a container that runs although its folder is gone, as when somebody cleared the run directory: nobody can watch it any more, and a task
// must not run twice. Found by the task that starts, not by a look at all cgroups: other daemons on this machine have theirs in the same place.
Status ContainerRuntime::end_remains(const TaskDirectory& directory) {
  if (cgroup::exists(directory.path())) return {};
  const std::string& name = directory.name();
  for (int i = 0; i < kRemainsTries; ++i) {
    if (cgroups_.remove(name).ok()) return files::remove_tree(directory.engine_state_path());
    if (i == 0) say("a container of task " + name + " has lost its folder, and is ended");
    cgroups_.kill(name);
    poll(nullptr, 0, kRemainsPauseMs);
  }
  return unavailable("a process of an earlier container of the task cannot be killed (cgroup " + cgroups_.task_path(name) + ")");
}

RunningContainer& ContainerRuntime::watch(const TaskDirectory& directory, TaskId task,
                                          StopRecord stop, int shim_pid, int shim_process) {
  auto container = std::make_unique<RunningContainer>(
      loop_, directory, stop, shim_pid, shim_process,
      [this, task](ports::ContainerEvent event) { on_container(task, std::move(event)); },
      [this, name = directory.name()] { cgroups_.kill(name); });
  return *(containers_[task] = std::move(container));
}

void ContainerRuntime::on_container(TaskId task, ports::ContainerEvent event) {
  const bool last = !std::holds_alternative<ports::ContainerStarted>(event);
  if (const auto start = starting_.extract(task)) {
    if (!last)
      context_.seccomp_cache.learn(start.mapped(),
                                   TaskDirectory(options_, task).engine_state_path());
    work_timer_.start(0);
  }
  cgroups_.update_guarantee();
  if (last) containers_.erase(task);
  const bool removal = last && removed_early_.erase(task) > 0;
  listener_(task, std::move(event));
  if (removal) remove(task);
}

void ContainerRuntime::stop(TaskId task) {
  if (cancel_waiting(task)) {
    emit_later(task, ports::ContainerStartFailed{"the task was stopped before it started"});
  } else if (const auto found = containers_.find(task); found != containers_.end()) {
    found->second->stop();
  } else if (!cgroup::exists(TaskDirectory(options_, task).path())) {
    remove_cgroup(task.to_string(), kCgroupTries);  // see end_remains()
  }
}

void ContainerRuntime::remove(TaskId task) {
  cancel_waiting(task);
  const TaskDirectory directory(options_, task);
  if (containers_.contains(task)) {
    removed_early_.insert(task);
    cgroups_.kill(directory.name());
    return;
  }
  directory.remove();
  remove_cgroup(directory.name(), kCgroupTries);
}

// The kernel needs a moment to let go of the last process.
void ContainerRuntime::remove_cgroup(const std::string& name, int tries) {
  if (cgroups_.remove(name).ok()) return;
  cgroups_.kill(name);
  if (tries == 0)
    return say("a process that cannot be killed is left in cgroup " + cgroups_.task_path(name));
  busy_cgroups_[name] = tries - 1;
  cgroup_timer_.start(kCgroupRetryMs);
}

std::string ContainerRuntime::log_directory(TaskId task) const {
  return TaskDirectory(options_, task).log_path();
}

Result<cgroup::Usage> ContainerRuntime::usage(TaskId task) const {
  return cgroups_.usage(task.to_string());
}

std::optional<int64_t> ContainerRuntime::engine_duration_us(TaskId task) const {
  const auto record = read_started(TaskDirectory(options_, task).path());
  if (!record) return std::nullopt;
  return record->runtime_us;
}

}  // namespace es::runtime
