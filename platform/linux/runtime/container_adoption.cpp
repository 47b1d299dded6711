// What an earlier daemon left behind: containers that run, and containers that ended while nobody
// was there.

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "platform/linux/cgroup/small_file.h"
#include "platform/linux/runtime/container_runtime.h"
#include "platform/linux/runtime/running_container.h"

namespace es::runtime {

namespace {

constexpr size_t kDirectoriesMax = 4096;
constexpr int kShimRecordTries = 1000;  // of one millisecond

std::vector<TaskId> tasks_in(const std::string& directory) {
  std::vector<TaskId> tasks;
  DIR* entries = opendir(directory.c_str());
  if (entries == nullptr) return tasks;
  while (const dirent* entry = readdir(entries)) {
    if (const auto task = TaskId::parse(entry->d_name); task && tasks.size() < kDirectoriesMax)
      tasks.push_back(*task);
  }
  closedir(entries);
  std::sort(tasks.begin(), tasks.end());
  return tasks;
}

// The shim writes its process id as its first act; between its spawn and that an earlier daemon may
// have died.
int wait_for_shim_pid(const TaskDirectory& directory) {
  for (int i = 0; i < kShimRecordTries; ++i) {
    if (const int pid = read_shim_pid(directory.path()); pid > 0) return pid;
    poll(nullptr, 0, 1);
  }
  return 0;
}

WallTime wall_now() {
  using namespace std::chrono;
  return {duration_cast<std::chrono::nanoseconds>(system_clock::now().time_since_epoch()).count()};
}

}  // namespace

Result<std::vector<ports::AdoptedContainer>> ContainerRuntime::adopt() {
  std::vector<ports::AdoptedContainer> adopted;
  for (const TaskId task : tasks_in(tasks_directory(options_))) {
    if (containers_.contains(task)) continue;
    ES_TRY(ports::ContainerEvent last, adopt_one(task));
    adopted.push_back({task, std::move(last)});
  }
  cgroups_.update_guarantee();
  return adopted;
}

Result<ports::ContainerEvent> ContainerRuntime::adopt_one(TaskId task) {
  const TaskDirectory directory(options_, task);
  ES_TRY(std::optional<int> lock, directory.lock());
  if (!lock) {
    const int shim_pid = wait_for_shim_pid(directory);
    const int process = shim_pid > 0 ? static_cast<int>(syscall(SYS_pidfd_open, shim_pid, 0)) : -1;
    // Still locked: the process behind the number is the shim, and not a stranger that got its
    // number meanwhile.
    ES_TRY(lock, directory.lock());
    if (!lock && process >= 0) return watch_adopted(directory, task, shim_pid, process);
    if (process >= 0) close(process);
    if (!lock)
      return Error{Errc::kIo, "the monitor of task " + directory.name() + " cannot be found"};
  }
  close(*lock);
  return bury(directory);
}

ports::ContainerEvent ContainerRuntime::watch_adopted(const TaskDirectory& directory, TaskId task,
                                                      int shim_pid, int shim_process) {
  const StopRecord stop =
      parse_stop(cgroup::read_small_file(directory.path() + "/stop").value_or(""));
  RunningContainer& container = watch(directory, task, stop, shim_pid, shim_process);
  // In the middle of its start: the process id comes with a later event.
  if (!container.resume()) container.expect_start(-1, options_.start_timeout_ms);
  return ports::ContainerStarted{container.pid()};
}

// Nobody watches it: it has ended, or it ends now.
ports::ContainerEvent ContainerRuntime::bury(const TaskDirectory& directory) {
  if (auto last = read_exit(directory.path())) return *last;
  cgroups_.kill(directory.name());
  if (!read_started(directory.path())) {
    return ports::ContainerStartFailed{"the daemon ended before the container started"};
  }
  return ports::ContainerExited{128 + SIGKILL, SIGKILL, false, wall_now()};
}

}  // namespace es::runtime
