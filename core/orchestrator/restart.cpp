#include "core/orchestrator/restart.h"

#include <algorithm>

#include "core/base/planted_bug.h"

namespace es::orchestrator {

namespace {

RestartCondition condition_of(const Service& service, const Task& task) {
  const RestartCondition condition = task.spec.restart.condition;
  // A job that has completed has done what it is for.
  return is_job(service) && condition == RestartCondition::kAny ? RestartCondition::kOnFailure
                                                                : condition;
}

bool is_stopping(const Task& task) {
  return task.desired_state > TaskState::kComplete && task.status.state >= TaskState::kAssigned &&
         !is_terminal(task.status.state);
}

}  // namespace

void Restarts::learn(const Round& round) {
  for (const state::Ref<Service>& service : round.draft.services()) {
    for (const state::Ref<Task>& task : round.draft.tasks_of_service(service->id)) {
      if (task->attempt > 0) record(round, *service, *task);
    }
  }
}

void Restarts::record(const Round& round, const Service& service, const Task& successor) {
  if (successor.spec.restart.max_attempts == 0 || successor.spec.restart.window.ns == 0) return;
  std::deque<Instant>& times = restarts_[{slot_of(service, successor), successor.spec_version}];
  times.push_back(round.now);
  if (times.size() > kMaxCountedRestarts) times.pop_front();
}

bool Restarts::should_restart(const Round& round, const Service& service, const Task& task) {
  const RestartPolicy& policy = task.spec.restart;
  const RestartCondition condition = condition_of(service, task);
  if (condition == RestartCondition::kNone) return false;
  if (condition == RestartCondition::kOnFailure && task.status.state == TaskState::kComplete)
    return false;
  if (policy.max_attempts == 0 || ES_PLANTED(restart_ignores_max_attempts)) return true;
  if (policy.window.ns == 0) return task.attempt < policy.max_attempts;
  if (refused_.contains(task.id)) return false;

  const auto it = restarts_.find({slot_of(service, task), task.spec_version});
  if (it == restarts_.end()) return true;
  const auto recent = std::count_if(it->second.begin(), it->second.end(),
                                    [&](Instant at) { return at + policy.window > round.now; });
  return static_cast<uint64_t>(recent) < policy.max_attempts;
}

void Restarts::restart(Round& round, const Service& service, const Task& task) {
  if (task.desired_state == TaskState::kReady && is_terminal(task.status.state) &&
      in_delay(round, task))
    return;
  const bool replace = should_restart(round, service, task);
  round.set_desired(task, TaskState::kShutdown);
  if (!replace) {
    refused_.insert(task.id);
    return;
  }

  Task successor = new_task(round, service, slot_of(service, task), TaskState::kReady);
  successor.attempt = (task.spec_version == successor.spec_version ? task.attempt : 0) + 1;
  // The delay slows down what fails again and again. A task whose node was drained or died did not
  // fail.
  const state::Ref<Node> node = round.draft.node(task.node_id);
  const bool lost_its_node = !task.node_id.empty() && gives_up_tasks(round, node.get());
  if (!lost_its_node)
    successor.start_delay = task.spec.restart.delay.value_or(kDefaultRestartDelay);
  record(round, service, successor);
  round.draft.put(std::move(successor));
}

std::vector<state::Ref<Task>> Restarts::standing(const Round& round, const Service& service,
                                                 const Slot& slot) {
  std::vector<state::Ref<Task>> working;
  for (const state::Ref<Task>& task : slot.tasks) {
    if (task->desired_state <= working_state(service)) working.push_back(task);
  }
  if (!working.empty()) return working;
  // A rollback always brings the service back to where it was, tasks that had ended included.
  if (service.update_status && service.update_status->state == UpdateState::kRollbackStarted)
    return {};
  const state::Ref<Task>& last = slot.tasks.back();
  if (last->desired_state == TaskState::kRemove || should_restart(round, service, *last)) return {};
  return {last};
}

bool Restarts::in_delay(Round& round, const Task& task) {
  const Instant since = ready_since_.emplace(task.id, round.now).first->second;
  if (round.now >= since + task.start_delay) return false;
  round.wake_at(since + task.start_delay);
  return true;
}

bool Restarts::may_start(Round& round, const Slot& slot, const Task& task) {
  if (in_delay(round, task)) return false;
  const Instant since = ready_since_.at(task.id);
  const bool occupied =
      std::any_of(slot.tasks.begin(), slot.tasks.end(), [&](const state::Ref<Task>& other) {
        return other->id != task.id && is_stopping(*other) && !is_lost(round, other->node_id);
      });
  if (!occupied || round.now >= since + kOldTaskPatience) return true;
  round.wake_at(since + kOldTaskPatience);
  return false;
}

void Restarts::start_ready(Round& round, const Service& service, const std::vector<Slot>& slots) {
  for (const Slot& slot : slots) {
    for (const state::Ref<Task>& task : slot.tasks) {
      if (task->desired_state != TaskState::kReady || is_terminal(task->status.state)) continue;
      if (may_start(round, slot, *task)) round.set_desired(*task, working_state(service));
    }
  }
}

void Restarts::forget_gone(const Round& round) {
  std::erase_if(restarts_, [&](const auto& history) {
    return !round.draft.service(history.first.first.service);
  });
  std::erase_if(refused_, [&](TaskId id) { return !round.draft.task(id); });
  std::erase_if(ready_since_, [&](const auto& entry) {
    const state::Ref<Task> task = round.draft.task(entry.first);
    return !task || task->desired_state != TaskState::kReady;
  });
}

}  // namespace es::orchestrator
