#pragma once
// Agent: a task's life on its node. It is told what the node must run (Assignments), admits no more than the node offers, and reports
// what it sees. It needs no manager to keep what it has running: without one nothing is stopped, and after a reboot the tasks
// that it had start again, except those with the restart condition `none`. If a manager speaks first, they are reported as failed and their
// restart policy decides.
//
// Pure: time comes in, effects go out. Owned by core/node.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/agent/effects.h"
#include "core/agent/local_task.h"
#include "core/base/time.h"
#include "core/wire/session.h"

namespace es::agent {

// After a reboot the agent waits this long for a leader's word before it starts what it had: the tasks may run elsewhere by now.
constexpr Duration kOfflineStartDelay = seconds(3);

// How long a step on the way to running may stay unreported.
constexpr Duration kReportDelay = milliseconds(100);

// More than this many tasks on one node are refused; a board that is asked for more has been asked by mistake.
constexpr size_t kMaxTasks = 2'000;

class Agent {
 public:
  // `offered` is what tasks may reserve in sum.
  explicit Agent(Resources offered) : offered_(std::move(offered)) {}

  // Once, before anything else: the records of an earlier run, and the containers found to be there.
  void restore(Instant now, WallTime wall, std::vector<TaskRecord> records,
               const std::vector<ports::AdoptedContainer>& containers);

  void set_offered(Resources offered) { offered_ = std::move(offered); }

  // A leader opened a session: everything that it has not acknowledged is reported again.
  void session_opened(uint64_t session);
  void session_closed();

  // False when a message is missing before this one: the session has to be opened anew.
  [[nodiscard]] bool assign(WallTime wall, const wire::Assignments& assignments);
  void acknowledged(const wire::StatusAck& ack);
  wire::SessionCheck session_check() const { return {session_, report_sequence_}; }
  // False when something was lost between the leader and here.
  bool is_whole(const wire::SessionState& state) const {
    return state.session == session_ && state.assignment_sequence == assignment_sequence_ && !state.reports_missing;
  }

  void prepared(WallTime wall, TaskId task, Result<Prepared> outcome);
  void container_event(WallTime wall, TaskId task, const ports::ContainerEvent& event);

  // Does what has become due. Returns when it wants to be called again.
  Instant tick(Instant now, WallTime wall);

  // The node leaves its cluster: stop and forget everything.
  void stop_all(WallTime wall);

  // What is to be reported now in the open session, if anything. Steps on the way to running wait for kReportDelay so that a quick
  // start is one write in the log and not five; what others wait for (running, an end, ready where only ready is desired) goes at
  // once and takes the rest with it.
  std::optional<wire::StatusReport> take_report(Instant now);
  // When take_report() will have something, if nothing happens before.
  Instant report_due() const { return report_due_; }
  std::vector<Effect> take_effects() { return std::exchange(effects_, {}); }

  const std::map<TaskId, LocalTask>& tasks() const { return tasks_; }

 private:
  void accept(WallTime wall, const Task& task);
  static void learn_end(LocalTask& local, const TaskStatus& logged);
  void fail_unseen(WallTime wall, LocalTask& local);
  void follow(WallTime wall, LocalTask& local);
  void want_stopped(WallTime wall, LocalTask& local);
  void forget(TaskId id);
  void start(WallTime wall, LocalTask& local);
  void exited(WallTime wall, LocalTask& local, const ports::ContainerExited& exit);
  std::optional<std::string> admission_refusal(const Task& task) const;
  void observe(WallTime wall, LocalTask& local, TaskState state, std::string message, std::string err = {});
  void save(const LocalTask& local);

  Resources offered_;
  std::map<TaskId, LocalTask> tasks_;
  // What is reserved by containers whose task was forgotten before they had ended; nothing by one that was found without a record. Admission
  // counts them with tasks_ against kMaxTasks; those found at a start are as many as the runtime may hold.
  std::map<TaskId, Resources> ending_;
  std::map<TaskId, Prepared> prepared_;  // root file systems of tasks that wait for their start
  std::vector<Effect> effects_;
  uint64_t session_ = 0;  // 0: none is open
  uint64_t assignment_sequence_ = 0;
  std::vector<Task> complete_set_;  // of a set that is still arriving
  uint64_t report_sequence_ = 0;
  Instant offline_start_ = kNever;
  Instant report_due_ = kNever;
};

}  // namespace es::agent
