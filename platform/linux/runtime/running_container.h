#pragma once
// RunningContainer: one shim and the container behind it, from the spawn of the shim to its end.
// Reports what the Runtime port promises: Started or StartFailed, then Exited.

#include <uv.h>

#include <functional>
#include <memory>
#include <string>

#include "core/ports/runtime.h"
#include "platform/linux/runtime/loop_watch.h"
#include "platform/linux/runtime/task_directory.h"
#include "platform/linux/runtime/task_records.h"

namespace es::runtime {

class RunningContainer {
 public:
  // The event StartFailed or Exited is the last; the owner may destroy the container from within
  // it.
  using Listener = std::function<void(ports::ContainerEvent)>;
  // Ends what the shim can no longer watch.
  using KillAll = std::function<void()>;

  // `shim_process` is a pidfd; it is taken over.
  RunningContainer(uv_loop_t* loop, TaskDirectory directory, StopRecord stop, int shim_pid,
                   int shim_process, Listener listener, KillAll kill_all);
  ~RunningContainer();

  // The shim closes the other end of `starting_pipe` when the start is settled; without one (-1)
  // the records are looked at every few milliseconds. StartFailed after `timeout_ms`.
  void expect_start(int starting_pipe, uint64_t timeout_ms);
  // It runs already, as its records say. False when they do not.
  bool resume();

  void stop();
  bool started() const { return pid_ > 0; }
  int pid() const { return pid_; }

 private:
  enum class State { kStarting, kRunning, kEnded };

  void look_at_records();
  bool open_process();
  void signal(int number);
  void on_shim_end();
  void on_start_timeout();
  void end(ports::ContainerEvent event);

  uv_loop_t* loop_;
  TaskDirectory directory_;
  StopRecord stop_;
  int shim_pid_;
  int pid_ = 0;
  int process_ = -1;  // pidfd of the container's first process
  State state_ = State::kStarting;
  bool stop_asked_ = false;
  bool timed_out_ = false;
  Listener listener_;
  KillAll kill_all_;
  Readable shim_;
  std::unique_ptr<Readable> starting_pipe_;
  Timer start_timer_;  // the deadline of a start, then the end of the grace period
  Timer poll_timer_;
};

}  // namespace es::runtime
