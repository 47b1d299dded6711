#include "core/agent/agent.h"

#include <algorithm>
#include <set>

#include "core/agent/container.h"
#include "core/base/planted_bug.h"
#include "core/wire/codec.h"

namespace es::agent {

namespace {

// A job's task is desired complete, and runs on its way there.
bool wants_to_run(const Task& task) { return task.desired_state <= TaskState::kComplete; }

// A process ends with its board's power: what ran before and is not here any more has failed, and the leader decides by the service's
// restart policy what follows. A state that was stored before is no observation of now, neither here nor in the tables.
bool has_ended_unseen(const LocalTask& local, const TaskStatus& logged) {
  if (local.container != Container::kNone || !wants_to_run(local.task)) return false;
  return std::max(local.status.state, logged.state) >= TaskState::kRunning && !is_terminal(logged.state);
}

bool may_start(const Task& task) {
  return task.desired_state == TaskState::kRunning || task.desired_state == TaskState::kComplete;
}

}  // namespace

void Agent::restore(Instant now, WallTime wall, std::vector<TaskRecord> records,
                    const std::vector<ports::AdoptedContainer>& containers) {
  for (TaskRecord& record : records) {
    LocalTask& local = tasks_[record.task.id];
    local.task = std::move(record.task);
    local.status = std::move(record.status);
    local.container = is_terminal(local.status.state) ? Container::kExited : Container::kNone;
    local.of_earlier_run = local.container == Container::kNone;
  }
  for (const ports::AdoptedContainer& found : containers) {
    const auto known = tasks_.find(found.task);
    if (known == tasks_.end()) {  // its record was never written, or it was being removed
      container_event(wall, found.task, found.last);
      continue;
    }
    // What ended is told already; what runs all the same has to be stopped.
    if (is_terminal(known->second.status.state) && !std::holds_alternative<ports::ContainerStarted>(found.last)) continue;
    known->second.container = Container::kStarting;
    container_event(wall, found.task, found.last);
  }
  for (const auto& [id, local] : tasks_) {
    if (local.container == Container::kNone) offline_start_ = now + kOfflineStartDelay;
  }
}

void Agent::session_opened(uint64_t session) {
  session_ = session;
  assignment_sequence_ = 0;
  report_sequence_ = 0;
  complete_set_.clear();
  for (auto& [id, local] : tasks_) {
    local.reported = local.of_earlier_run;
    local.report_sequence = 0;
  }
}

void Agent::session_closed() { session_ = 0; }

bool Agent::assign(WallTime wall, const wire::Assignments& assignments) {
  if (assignments.session != session_) return true;  // of an older session: too late to matter
  if (assignments.sequence != assignment_sequence_ + 1 && !ES_PLANTED(assignment_lost)) return false;
  assignment_sequence_ = assignments.sequence;
  offline_start_ = kNever;

  // Removals first: what they free is there for what comes.
  for (const TaskId id : assignments.removed) forget(id);
  if (!assignments.complete) {
    for (const Task& task : assignments.put) accept(wall, task);
    return true;
  }
  complete_set_.insert(complete_set_.end(), assignments.put.begin(), assignments.put.end());
  if (assignments.more) return true;
  std::set<TaskId> named;
  for (const Task& task : complete_set_) named.insert(task.id);
  std::vector<TaskId> unnamed;
  for (const auto& [id, local] : tasks_) {
    if (!named.contains(id)) unnamed.push_back(id);
  }
  for (const TaskId id : unnamed) forget(id);
  for (const Task& task : std::exchange(complete_set_, {})) accept(wall, task);
  return true;
}

void Agent::acknowledged(const wire::StatusAck& ack) {
  if (ack.session != session_) return;
  for (auto& [id, local] : tasks_) {
    if (local.report_sequence == 0 || local.report_sequence > ack.sequence) continue;
    local.report_sequence = 0;
    local.reported = true;
  }
}

// What the log knows to have ended is not run again, also where this node's own record of the end
// was lost with the power: whatever of it is here ends, and the log's word stands.
void Agent::learn_end(LocalTask& local, const TaskStatus& logged) {
  if (!is_terminal(logged.state) || is_terminal(local.status.state)) return;
  local.logged_end = logged;
  local.task.desired_state = std::max(local.task.desired_state, TaskState::kShutdown);
}

// A new task is admitted or refused; a known one may have changed what is desired of it.
void Agent::accept(WallTime wall, const Task& task) {
  if (const auto known = tasks_.find(task.id); known != tasks_.end()) {
    known->second.task.desired_state = task.desired_state;
    learn_end(known->second, task.status);
    if (has_ended_unseen(known->second, task.status)) fail_unseen(wall, known->second);
    follow(wall, known->second);
    return;
  }
  const std::optional<std::string> refusal = wants_to_run(task) ? admission_refusal(task) : std::nullopt;
  LocalTask& local = tasks_[task.id];
  local.task = task;
  local.status = task.status;
  if (ending_.erase(task.id) > 0) {  // forgotten, and named again before its container has ended: the end is told then
    local.container = Container::kStopping;
  } else if (is_terminal(task.status.state)) {
    local.container = Container::kGone;
  } else if (refusal) {
    observe(wall, local, TaskState::kRejected, "rejected", *refusal);
  } else {
    if (has_ended_unseen(local, task.status)) fail_unseen(wall, local);
    else if (task.status.state < TaskState::kAccepted) observe(wall, local, TaskState::kAccepted, "accepted");
    follow(wall, local);
  }
}

void Agent::fail_unseen(WallTime wall, LocalTask& local) {
  local.container = Container::kExited;  // files of it may be there
  effects_.push_back(StopContainer{local.task.id});  // and processes, if the runtime has lost its own records of them
  local.status.container.pid = 0;
  observe(wall, local, TaskState::kFailed, "started", "task: it ended when the node restarted");
  save(local);
}

// DESIGN D5: the scheduler has counted already; a node that would be overcommitted all the same says no.
std::optional<std::string> Agent::admission_refusal(const Task& task) const {
  if (tasks_.size() + ending_.size() >= kMaxTasks) {
    return "the node has " + std::to_string(kMaxTasks) + " tasks, its limit";
  }
  int64_t memory_bytes = task.spec.resources.reservations.memory_bytes;
  int64_t cpu_nano = task.spec.resources.reservations.cpu_nano;
  const auto count = [&](const Resources& reserved) {
    memory_bytes += reserved.memory_bytes;
    cpu_nano += reserved.cpu_nano;
  };
  for (const auto& [id, local] : tasks_) {
    if (!is_terminal(local.status.state) || owns_process(local.container)) count(local.task.spec.resources.reservations);
  }
  for (const auto& [id, reserved] : ending_) {
    if (id != task.id) count(reserved);
  }
  const Resources& asked = task.spec.resources.reservations;
  const int64_t planted_bytes = ES_PLANTED(agent_overcommits_a_byte) ? 1 : 0;
  if (asked.memory_bytes > 0 && memory_bytes > offered_.memory_bytes + planted_bytes) {
    return "memory reservations would reach " + std::to_string(memory_bytes) + " bytes of the " +
           std::to_string(offered_.memory_bytes) + " that the node offers";
  }
  if (asked.cpu_nano > 0 && cpu_nano > offered_.cpu_nano) {
    return "CPU reservations would reach " + std::to_string(cpu_nano) + " nano-CPUs of the " +
           std::to_string(offered_.cpu_nano) + " that the node offers";
  }
  return std::nullopt;
}

// Takes the next step from what is towards what is desired.
void Agent::follow(WallTime wall, LocalTask& local) {
  if (is_terminal(local.status.state)) return;
  if (!wants_to_run(local.task)) {
    want_stopped(wall, local);
    return;
  }
  switch (local.container) {
    case Container::kNone:
      local.container = Container::kPreparing;
      observe(wall, local, TaskState::kPreparing, "preparing");
      save(local);
      effects_.push_back(PrepareTask{local.task.id, local.task.spec.container.image});
      break;
    case Container::kPrepared:
      if (may_start(local.task)) start(wall, local);
      break;
    default:
      break;
  }
}

void Agent::want_stopped(WallTime wall, LocalTask& local) {
  switch (local.container) {
    case Container::kPreparing:  // prepared() follows up
    case Container::kStopping:
      return;
    case Container::kStarting:
    case Container::kRunning:
      local.container = Container::kStopping;
      if (!ES_PLANTED(container_orphaned)) effects_.push_back(StopContainer{local.task.id});
      return;
    case Container::kPrepared:
      prepared_.erase(local.task.id);
      local.container = Container::kExited;
      break;
    case Container::kNone:
      local.container = Container::kGone;
      break;
    case Container::kExited:
    case Container::kGone:
      break;
  }
  observe(wall, local, TaskState::kShutdown, "shutdown");
  save(local);
}

void Agent::prepared(WallTime wall, TaskId id, Result<Prepared> outcome) {
  const auto known = tasks_.find(id);
  if (known == tasks_.end() || known->second.container != Container::kPreparing) {
    // Forgotten meanwhile; or the start that an earlier daemon had asked for came about: what was prepared is what runs.
    if (known == tasks_.end() || !owns_process(known->second.container)) effects_.push_back(RemoveContainer{id});
    return;
  }
  LocalTask& local = known->second;
  if (!outcome.ok()) {
    local.container = Container::kExited;
    observe(wall, local, TaskState::kRejected, "preparing", outcome.error().message);
    save(local);
    return;
  }
  local.container = Container::kPrepared;
  prepared_.insert_or_assign(id, std::move(outcome).value());
  observe(wall, local, TaskState::kReady, "prepared");
  follow(wall, local);
}

void Agent::start(WallTime wall, LocalTask& local) {
  const auto prepared = prepared_.find(local.task.id);
  ES_ASSERT(prepared != prepared_.end());
  auto config = compose_container(local.task, prepared->second.image, prepared->second.rootfs);
  prepared_.erase(prepared);
  observe(wall, local, TaskState::kStarting, "starting");
  if (!config.ok()) {
    local.container = Container::kExited;
    observe(wall, local, TaskState::kFailed, "starting", config.error().message);
    save(local);
    return;
  }
  local.container = Container::kStarting;
  effects_.push_back(StartContainer{std::move(config).value()});
}

void Agent::container_event(WallTime wall, TaskId id, const ports::ContainerEvent& event) {
  const auto known = tasks_.find(id);
  if (known == tasks_.end()) {
    if (std::holds_alternative<ports::ContainerStarted>(event)) {
      // No record says what it reserves. The leader may still assign its task, before the container has ended.
      ending_.try_emplace(id);
      effects_.push_back(StopContainer{id});
    } else {
      if (ending_.erase(id) > 0) effects_.push_back(SaveTask{id, std::nullopt});
      effects_.push_back(RemoveContainer{id});
    }
    return;
  }
  LocalTask& local = known->second;
  if (std::exchange(local.of_earlier_run, false)) {  // it is an observation now
    local.reported = false;
    local.report_sequence = 0;
  }
  if (const auto* started = std::get_if<ports::ContainerStarted>(&event)) {
    // A start that crossed a stop: the stop was sent already, and its end will come.
    if (local.container != Container::kStopping) local.container = Container::kRunning;
    // It was under way when its task was reported as failed.
    if (is_terminal(local.status.state)) return want_stopped(wall, local);
    local.status.container.container_id = id.to_string();
    local.status.container.pid = started->pid;
    observe(wall, local, TaskState::kRunning, "started");
    follow(wall, local);
  } else if (const auto* failed = std::get_if<ports::ContainerStartFailed>(&event)) {
    local.container = Container::kExited;
    if (is_terminal(local.status.state)) return;  // as in exited()
    observe(wall, local, TaskState::kFailed, "starting", failed->reason);
    save(local);
  } else {
    exited(wall, local, std::get<ports::ContainerExited>(event));
  }
}

void Agent::exited(WallTime wall, LocalTask& local, const ports::ContainerExited& exit) {
  local.container = Container::kExited;
  if (is_terminal(local.status.state)) return;  // why the task ended is told already, and this is how it was stopped
  local.status.container.exit_code = exit.exit_code;
  local.status.container.oom_killed = exit.oom_killed;
  local.status.container.pid = 0;
  const std::string code = "non-zero exit (" + std::to_string(exit.exit_code) + ")";
  if (!wants_to_run(local.task)) {
    observe(wall, local, TaskState::kShutdown, "shutdown");
  } else if (exit.oom_killed && exit.exit_code != 0) {
    const int64_t limit = local.task.spec.resources.limits.memory_bytes;
    const std::string of = limit == 0 ? "" : " (limit " + std::to_string(limit) + " bytes)";
    observe(wall, local, TaskState::kFailed, "started", "task: out of memory" + of + ": " + code);
  } else if (exit.exit_code != 0) {
    observe(wall, local, TaskState::kFailed, "started", "task: " + code);
  } else {
    observe(wall, local, TaskState::kComplete, "finished");
  }
  save(local);
}

// The log has deleted the task, or given it up: nothing of it may stay here.
void Agent::forget(TaskId id) {
  const auto known = tasks_.find(id);
  if (known == tasks_.end()) return;
  LocalTask& local = known->second;
  const bool stops = local.container == Container::kRunning || local.container == Container::kStarting;
  if (stops) effects_.push_back(StopContainer{id});
  // A container under way is removed when its event finds no task: see prepared() and container_event().
  if (local.container == Container::kPrepared || local.container == Container::kExited) {
    effects_.push_back(RemoveContainer{id});
  }
  if (stops || local.container == Container::kStopping) {
    // What it reserves is free when its processes have ended, not before; a daemon that starts
    // meanwhile must know it too.
    ending_[id] = local.task.spec.resources.reservations;
    local.task.desired_state = std::max(local.task.desired_state, TaskState::kShutdown);
    save(local);
  } else {
    effects_.push_back(SaveTask{id, std::nullopt});
  }
  prepared_.erase(id);
  tasks_.erase(known);
}

Instant Agent::tick(Instant now, WallTime wall) {
  if (now >= offline_start_) {
    offline_start_ = kNever;
    for (auto& [id, local] : tasks_) {
      const bool ended = local.of_earlier_run && local.task.spec.restart.condition == RestartCondition::kNone;
      if (!ended) follow(wall, local);
    }
  }
  return offline_start_;
}

void Agent::stop_all(WallTime wall) {
  std::vector<TaskId> ids;
  for (auto& [id, local] : tasks_) {
    local.task.desired_state = TaskState::kShutdown;
    follow(wall, local);
    ids.push_back(id);
  }
  for (const TaskId id : ids) forget(id);
}

// The observed state only grows; a message may change within a state.
void Agent::observe(WallTime wall, LocalTask& local, TaskState state, std::string message, std::string err) {
  if (local.logged_end && is_terminal(state)) {
    local.status = *local.logged_end;
    local.reported = true;
    return;
  }
  if (state < local.status.state) return;
  // Seen again by a daemon that was started anew: since when it has been so stays as it was.
  if (state == local.status.state && message == local.status.message && err == local.status.err) return;
  local.status.state = state;
  local.status.timestamp = wall;
  local.status.message = std::move(message);
  local.status.err = std::move(err);
  local.of_earlier_run = false;
  local.reported = false;
  local.report_sequence = 0;
}

void Agent::save(const LocalTask& local) {
  effects_.push_back(SaveTask{local.task.id, wire::encode(TaskRecord{local.task, local.status})});
}

std::optional<wire::StatusReport> Agent::take_report(Instant now) {
  if (session_ == 0) return std::nullopt;
  const auto unreported = [](const LocalTask& local) {
    return !local.reported && local.report_sequence == 0;
  };
  const auto urgent = [](const LocalTask& local) {
    return local.status.state >= TaskState::kRunning || local.status.state == local.task.desired_state;
  };
  bool any = false;
  bool due = now >= report_due_;
  for (const auto& [id, local] : tasks_) {
    any = any || unreported(local);
    due = due || (unreported(local) && urgent(local));
  }
  if (!any || !due) {
    if (!any) report_due_ = kNever;
    else if (report_due_ == kNever) report_due_ = now + kReportDelay;
    return std::nullopt;
  }
  report_due_ = kNever;
  wire::StatusReport report;
  report.session = session_;
  report.sequence = ++report_sequence_;
  for (auto& [id, local] : tasks_) {
    if (!unreported(local)) continue;
    local.report_sequence = report.sequence;
    if (ES_PLANTED(report_lost) && !report.observations.empty()) continue;
    report.observations.push_back({id, local.status});
  }
  return report;
}

}  // namespace es::agent
