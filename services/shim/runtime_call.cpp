#include "services/shim/runtime_call.h"

#include "services/shim/system_call.h"

namespace es::shim {

namespace {

constexpr int kCannotExecute = 127;
constexpr int kCannotHideMount = 126;

// crun refuses a host where cgroup v2 is mounted beside v1 and owns a controller. It sees a host
// without that mount, in a namespace that ends with it. Slave, not private: what the host unmounts
// meanwhile goes away here too.
bool hide_mount(const char* path) {
  return unshare_mounts() == 0 && mount_propagation("/", MS_SLAVE | MS_REC) == 0 &&
         unmount_lazily(path) == 0;
}

[[noreturn]] void become_runtime(const Options& options, char** envp, int output_end,
                                 int error_end) {
  unblock_child_signals();
  duplicate(output_end, 1);
  duplicate(error_end, 2);
  if (options.hidden_mount != nullptr && !hide_mount(options.hidden_mount))
    exit_process(kCannotHideMount);
  execute(options.runtime, envp);
  exit_process(kCannotExecute);
}

void describe_failure(const Options& options, int wait_status, int errors, Reason& reason) {
  if (wait_status == kCannotHideMount << 8) {
    reason.add("cannot hide ");
    reason.add(options.hidden_mount);
    reason.add(" from the container runtime");
    return;
  }
  if (wait_status == kCannotExecute << 8) {
    reason.add("cannot execute ");
    reason.add(options.runtime[0]);
    return;
  }
  char buffer[kReasonMax];
  make_nonblocking(errors);
  const long n = read(errors, buffer, sizeof buffer);
  if (n > 0) {
    reason.add({buffer, static_cast<size_t>(n)});
    return;
  }
  reason.add(options.runtime[0]);
  reason.add(" failed without a word, wait status ");
  reason.add_number(static_cast<uint64_t>(wait_status));
}

}  // namespace

RuntimeOutcome run_runtime(const Options& options, char** envp, int output_end, int error_end,
                           int errors, Reason& reason) {
  const int64_t begin = now_ns(1);
  const int child = fork();
  if (child == 0) become_runtime(options, envp, output_end, error_end);
  close(output_end);
  close(error_end);
  RuntimeOutcome outcome;
  if (child < 0) {
    reason.add("no process could be made for the container runtime");
    return outcome;
  }
  int status = 0;
  wait_for(child, status, 0);
  outcome.duration_us = (now_ns(1) - begin) / 1000;
  if (status == 0) outcome.pid = read_pid(kTaskDirectory);
  if (status != 0) {
    describe_failure(options, status, errors, reason);
  } else if (outcome.pid <= 0) {
    reason.add("the container runtime wrote no process id");
  }
  return outcome;
}

}  // namespace es::shim
