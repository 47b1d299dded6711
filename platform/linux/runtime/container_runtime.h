#pragma once
// ContainerRuntime: the Runtime port over crun (or runc) and one shim a task. It lives on the
// thread of its loop, blocks it only for the writing of a bundle and a spawn (well below a
// millisecond each), and may be destroyed at any time: containers and shims go on, and the next
// runtime adopts them.

#include <uv.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ports/runtime.h"
#include "platform/linux/cgroup/tree.h"
#include "platform/linux/runtime/bundle.h"
#include "platform/linux/runtime/engine.h"
#include "platform/linux/runtime/loop_watch.h"
#include "platform/linux/runtime/runtime_options.h"
#include "platform/linux/runtime/shim_program.h"

namespace es::runtime {

class RunningContainer;

class ContainerRuntime final : public ports::Runtime {
 public:
  // Errors: kNotFound without crun and runc, kPrecondition without root, kInvalid for an option out
  // of its range, kIo.
  static Result<std::unique_ptr<ContainerRuntime>> open(uv_loop_t* loop, RuntimeOptions options);
  ~ContainerRuntime() override;

  void set_listener(Listener listener) override { listener_ = std::move(listener); }
  Result<std::vector<ports::AdoptedContainer>> adopt() override;
  void start(ports::ContainerConfig config) override;
  void stop(TaskId task) override;
  void remove(TaskId task) override;

  // Where LogReader finds the output of a task, from its start until it is removed.
  std::string log_directory(TaskId task) const;
  // Errors: kNotFound.
  Result<cgroup::Usage> usage(TaskId task) const;
  // How long the engine took to start the task, for the metrics; nothing before it runs.
  std::optional<int64_t> engine_duration_us(TaskId task) const;

 private:
  ContainerRuntime(uv_loop_t* loop, RuntimeOptions options, cgroup::Tree cgroups, Engine engine,
                   ShimProgram shim);

  void say(std::string_view sentence) const;
  // Tells the listener in the loop's next turn, never from within a call of the port.
  void emit_later(TaskId task, ports::ContainerEvent event);
  void work();
  bool cancel_waiting(TaskId task);
  void launch(const ports::ContainerConfig& config);
  Status try_launch(const ports::ContainerConfig& config);
  Status end_remains(const TaskDirectory& directory);
  RunningContainer& watch(const TaskDirectory& directory, TaskId task, StopRecord stop,
                          int shim_pid, int shim_process);
  void on_container(TaskId task, ports::ContainerEvent event);
  void remove_cgroup(const std::string& name, int tries);

  Result<ports::ContainerEvent> adopt_one(TaskId task);
  ports::ContainerEvent watch_adopted(const TaskDirectory& directory, TaskId task, int shim_pid,
                                      int shim_process);
  ports::ContainerEvent bury(const TaskDirectory& directory);

  uv_loop_t* loop_;
  RuntimeOptions options_;
  cgroup::Tree cgroups_;
  Engine engine_;
  ShimProgram shim_;
  BundleContext context_;
  Listener listener_;
  std::deque<ports::ContainerConfig> waiting_;  // at most options_.queued_starts
  // With their capabilities; at most options_.concurrent_starts.
  std::map<TaskId, std::vector<std::string>> starting_;
  std::vector<std::pair<TaskId, ports::ContainerEvent>> undelivered_;
  std::map<TaskId, std::unique_ptr<RunningContainer>> containers_;  // those with a shim
  std::map<std::string, int> busy_cgroups_;                         // name -> tries that are left
  std::set<TaskId> removed_early_;  // of containers_: to be removed when they have ended
  Timer work_timer_;
  Timer cgroup_timer_;
};

}  // namespace es::runtime
