#include "platform/linux/runtime/running_container.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace es::runtime {

namespace {

constexpr uint64_t kRecordPollMs = 5;
constexpr int64_t kGraceMaxMs = int64_t{1000} * 60 * 60 * 24 * 365;

int pid_open(int pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

WallTime wall_now() {
  using namespace std::chrono;
  return {duration_cast<std::chrono::nanoseconds>(system_clock::now().time_since_epoch()).count()};
}

}  // namespace

RunningContainer::RunningContainer(uv_loop_t* loop, TaskDirectory directory, StopRecord stop,
                                   int shim_pid, int shim_process, Listener listener,
                                   KillAll kill_all)
    : loop_(loop),
      directory_(std::move(directory)),
      stop_(stop),
      shim_pid_(shim_pid),
      listener_(std::move(listener)),
      kill_all_(std::move(kill_all)),
      shim_(loop, shim_process, [this] { on_shim_end(); }),
      start_timer_(loop,
                   [this] { state_ == State::kStarting ? on_start_timeout() : signal(SIGKILL); }),
      poll_timer_(loop, [this] { look_at_records(); }) {}

RunningContainer::~RunningContainer() {
  if (process_ >= 0) close(process_);
}

void RunningContainer::expect_start(int starting_pipe, uint64_t timeout_ms) {
  if (starting_pipe >= 0) {
    starting_pipe_ =
        std::make_unique<Readable>(loop_, starting_pipe, [this] { look_at_records(); });
  } else {
    poll_timer_.start(kRecordPollMs);
  }
  start_timer_.start(timeout_ms);
}

bool RunningContainer::resume() {
  const auto record = read_started(directory_.path());
  if (!record) return false;
  pid_ = record->pid;
  state_ = State::kRunning;
  return true;
}

void RunningContainer::look_at_records() {
  if (state_ != State::kStarting) return;
  const bool piped = starting_pipe_ != nullptr;
  starting_pipe_.reset();
  if (!resume()) {
    // Not started: the end of the shim says why. Without a pipe it may just not be that far.
    if (!piped) poll_timer_.start(kRecordPollMs);
    return;
  }
  start_timer_.stop();
  const bool stop_now = std::exchange(stop_asked_, false);
  listener_(ports::ContainerStarted{pid_});
  if (stop_now) stop();
}

bool RunningContainer::open_process() {
  if (process_ >= 0) return true;
  process_ = pid_open(pid_);
  // The number is the container's until the shim has collected its exit status, which it writes
  // down at once.
  if (process_ >= 0 && read_exit(directory_.path())) {
    close(process_);
    process_ = -1;
  }
  return process_ >= 0;
}

void RunningContainer::signal(int number) {
  if (open_process()) syscall(SYS_pidfd_send_signal, process_, number, nullptr, 0);
}

void RunningContainer::stop() {
  if (stop_asked_) return;
  stop_asked_ = true;
  if (state_ != State::kRunning) return;  // as soon as it runs
  signal(stop_.signal);
  start_timer_.start(
      static_cast<uint64_t>(std::clamp<int64_t>(stop_.grace_period.ms(), 0, kGraceMaxMs)));
}

void RunningContainer::on_start_timeout() {
  timed_out_ = true;
  ::kill(-shim_pid_, SIGKILL);  // with the engine, which is in its process group
  kill_all_();
}

// The shim has written its last word, or it has been killed.
void RunningContainer::on_shim_end() {
  if (state_ == State::kEnded) return;
  siginfo_t reaped{};
  waitid(P_PID, static_cast<id_t>(shim_pid_), &reaped,
         WEXITED | WNOHANG);  // fails for an adopted one: not our child
  if (state_ == State::kStarting && !timed_out_) look_at_records();
  if (state_ == State::kEnded) return;
  auto last = read_exit(directory_.path());
  if (!last) {
    kill_all_();
    if (state_ == State::kRunning) {
      last = ports::ContainerExited{128 + SIGKILL, SIGKILL, false, wall_now()};
    } else {
      last = ports::ContainerStartFailed{
          timed_out_ ? "the container did not start in time"
                     : "the task monitor ended before the container started"};
    }
  }
  end(std::move(*last));
}

void RunningContainer::end(ports::ContainerEvent event) {
  state_ = State::kEnded;
  start_timer_.stop();
  poll_timer_.stop();
  // The listener may destroy this object.
  const Listener listener = std::move(listener_);
  listener(std::move(event));
}

}  // namespace es::runtime
