// edgeswarm-shim: the monitor of one task. It is the parent of the container, keeps its output, and
// writes down how it ended. It does not need the daemon, never kills, and ends with the container.
// docs/formats/shim.md is its manual.

#include "services/shim/line_stream.h"
#include "services/shim/options.h"
#include "services/shim/records.h"
#include "services/shim/runtime_call.h"
#include "services/shim/segmented_log.h"
#include "services/shim/system_call.h"

namespace es::shim {

namespace {

constexpr int kNoHang = 1;  // WNOHANG

SegmentedLog log;
LineStream task_output;
LineStream task_errors;

// Collects what has ended, with what the engine left to its subreaper. True when `pid` was among
// it.
bool collect_children(int pid, int& status) {
  bool found = false;
  int child_status = 0;
  for (long child; (child = wait_for(-1, child_status, kNoHang)) > 0;) {
    if (child != pid) continue;
    status = child_status;
    found = true;
  }
  return found;
}

// Both pipes until the process ends, then what is left in them. Returns the process's wait status.
int watch(int pid, int child_signals) {
  int status = 0;
  // Once before the first wait: a signal that came earlier is not told twice.
  for (bool ended = collect_children(pid, status); !ended;) {
    pollfd fds[] = {{child_signals, POLLIN, 0}, {task_output.fd(), POLLIN, 0}, {task_errors.fd(), POLLIN, 0}};
    poll(fds, 3);
    if (fds[1].revents != 0) task_output.pump(log);
    if (fds[2].revents != 0) task_errors.pump(log);
    if (fds[0].revents == 0) continue;
    take_signal(child_signals);
    ended = collect_children(pid, status);
  }
  while (task_output.pump(log) || task_errors.pump(log)) {
  }
  return status;
}

void start_failed(const Reason& reason) {
  Exit exit;
  exit.code = 127;
  exit.start_error = &reason;
  write_exit_record(kTaskDirectory, exit);
}

int run(char** argv, char** envp) {
  Options options;
  if (!parse_options(argv, options)) return 2;
  if (close_on_exec(kTaskDirectory) != 0 || close_on_exec(kLogDirectory) != 0 ||
      close_on_exec(kStartingPipe) != 0) {
    return 2;
  }
  set_name("edgeswarm-shim");
  write_shim_record(kTaskDirectory);
  reserve_exit_record(kTaskDirectory);

  Reason reason;
  int out[2];
  int err[2];
  const int child_signals = static_cast<int>(open_child_signals());
  if (child_signals < 0 || become_subreaper() != 0 || make_pipe(out) != 0 || make_pipe(err) != 0) {
    reason.add("the monitor of the container found no resources");
    start_failed(reason);
    return 1;
  }
  log.open(kLogDirectory, options.segment_bytes, options.segments);
  const RuntimeOutcome outcome = run_runtime(options, envp, out[1], err[1], err[0], reason);
  if (outcome.pid <= 0) {
    start_failed(reason);
    return 1;
  }
  task_output.open('o', out[0]);
  task_errors.open('e', err[0]);
  write_started_record(kTaskDirectory, outcome.pid, outcome.duration_us);
  close(kStartingPipe);

  Exit exit = exit_of_status(watch(outcome.pid, child_signals));
  exit.oom_kills = read_oom_kills(options.oom_events);
  exit.lost_log_bytes = log.lost_bytes();
  write_exit_record(kTaskDirectory, exit);
  return 0;
}

}  // namespace

}  // namespace es::shim

// What the kernel put on the stack: argc, argv…, 0, envp…, 0.
extern "C" [[noreturn]] __attribute__((used)) void shim_entry(long* stack) {
  char** argv = reinterpret_cast<char**>(stack + 1);
  es::shim::exit_process(es::shim::run(argv, argv + stack[0] + 1));
}
