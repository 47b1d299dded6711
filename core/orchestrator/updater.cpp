#include "core/orchestrator/updater.h"

#include <algorithm>
#include <string>

#include "core/orchestrator/dirty.h"

namespace es::orchestrator {

namespace {

using state::Ref;

bool is_in_state(const Service& service, UpdateState update) {
  return service.update_status && service.update_status->state == update;
}

bool is_paused(const Service& service) {
  return is_in_state(service, UpdateState::kPaused) ||
         is_in_state(service, UpdateState::kRollbackPaused);
}

bool is_dirty_now(const Round& round, const Service& service, const Task& task) {
  return is_dirty(service, task, round.draft.node(task.node_id).get());
}

bool is_slot_dirty(const Round& round, const Service& service, const Slot& slot) {
  return slot.tasks.size() > 1 ||
         (slot.tasks.size() == 1 && is_dirty_now(round, service, *slot.tasks[0]));
}

const Slot* find_slot(const std::vector<Slot>& slots, const SlotKey& key) {
  const auto it =
      std::find_if(slots.begin(), slots.end(), [&](const Slot& slot) { return slot.key == key; });
  return it == slots.end() ? nullptr : &*it;
}

void shut_down_others(Round& round, const Slot& slot, TaskId keep) {
  for (const Ref<Task>& task : slot.tasks) {
    if (task->id != keep) round.set_desired(*task, TaskState::kShutdown);
  }
}

// The update fails by a task that ends by itself; one that was told to stop, or lost its node, says
// nothing about the new spec.
bool has_failed(const Task& task) {
  return task.status.state == TaskState::kComplete || task.status.state == TaskState::kFailed ||
         task.status.state == TaskState::kRejected;
}

}  // namespace

const UpdateConfig& Updates::config_of(const Service& service) {
  static const UpdateConfig kDefaults;
  const auto& config = is_in_state(service, UpdateState::kRollbackStarted) ? service.spec.rollback
                                                                           : service.spec.update;
  return config ? *config : kDefaults;
}

void Updates::note_running(const Round& round, Progress& progress) const {
  for (auto& [id, since] : progress.made) {
    const Ref<Task> task = round.draft.task(id);
    if (task && !since && task->status.state == TaskState::kRunning) since = round.now;
  }
}

void Updates::watch_failures(Round& round, const Service& service) {
  const auto it = progress_.find(service.id);
  if (it == progress_.end() || it->second.spec_version != service.spec_version ||
      is_paused(service))
    return;
  Progress& progress = it->second;
  note_running(round, progress);
  const UpdateConfig& config = config_of(service);
  if (config.failure_action == FailureAction::kContinue) return;

  const Duration monitor = config.monitor.value_or(kDefaultMonitor);
  for (const auto& [id, since] : progress.made) {
    const Ref<Task> task = round.draft.task(id);
    if (!task || !has_failed(*task) || progress.failed.contains(id)) continue;
    if (since && round.now > *since + monitor) continue;
    progress.failed.insert(id);
    // failures / dirty slots > ratio, without floating point
    if (progress.failed.size() * 1'000'000 <=
        config.max_failure_ratio_millionths * progress.dirty_count)
      continue;
    fail(round, service, id);
    return;
  }
}

void Updates::fail(Round& round, const Service& service, TaskId culprit) {
  const bool rolling_back = is_in_state(service, UpdateState::kRollbackStarted);
  const bool roll_back = config_of(service).failure_action == FailureAction::kRollback;
  const std::string because = " due to failure or early termination of task " + culprit.to_string();
  Service changed = service;
  UpdateStatus& status =
      changed.update_status ? *changed.update_status : changed.update_status.emplace();
  if (roll_back && !rolling_back && service.previous_spec) {
    status.state = UpdateState::kRollbackStarted;
    status.message = "update rolled back" + because;
    changed.spec = *service.previous_spec;
    changed.spec_version = service.previous_spec_version;
    changed.previous_spec.reset();
    changed.previous_spec_version = {};
    progress_.erase(service.id);
  } else {
    // A rollback is never rolled back, and without a previous spec there is nothing to go back to.
    status.state = rolling_back ? UpdateState::kRollbackPaused : UpdateState::kPaused;
    status.message = (rolling_back ? "rollback paused" : "update paused") + because;
  }
  round.draft.put(std::move(changed));
}

void Updates::begin(Round& round, const Service& service, std::vector<SlotKey> dirty) {
  Progress& progress = progress_[service.id];
  progress = {};
  progress.spec_version = service.spec_version;
  progress.dirty_count = dirty.size();
  progress.queue.assign(dirty.begin(), dirty.end());
  if (service.update_status) return;
  Service changed = service;
  changed.update_status = UpdateStatus{.state = UpdateState::kUpdating,
                                       .started_at = round.wall,
                                       .completed_at = {},
                                       .message = "update in progress"};
  round.draft.put(std::move(changed));
}

void Updates::complete(Round& round, const Service& service) {
  progress_.erase(service.id);
  if (!service.update_status) return;
  Service changed = service;
  UpdateStatus& status = *changed.update_status;
  const bool rolled_back = status.state == UpdateState::kRollbackStarted;
  status.state = rolled_back ? UpdateState::kRollbackCompleted : UpdateState::kCompleted;
  status.message = rolled_back ? "rollback completed" : "update completed";
  status.completed_at = round.wall;
  round.draft.put(std::move(changed));
}

void Updates::advance(Round& round, const Service& service, const std::vector<Slot>& slots) {
  auto it = progress_.find(service.id);
  if (it != progress_.end() && it->second.spec_version != service.spec_version) {
    progress_.erase(it);
    it = progress_.end();
  }
  const bool paused = is_paused(service);
  if (it == progress_.end()) {
    if (paused) return;
    std::vector<SlotKey> dirty;
    for (const Slot& slot : slots) {
      if (is_slot_dirty(round, service, slot)) dirty.push_back(slot.key);
    }
    if (dirty.empty()) {
      const bool under_way = is_in_state(service, UpdateState::kUpdating) ||
                             is_in_state(service, UpdateState::kRollbackStarted);
      if (under_way) complete(round, service);
      return;
    }
    begin(round, service, std::move(dirty));
    it = progress_.find(service.id);
  }
  // begin() may have put the service.
  const Ref<Service> current = round.draft.service(service.id);
  Progress& progress = it->second;
  note_running(round, progress);
  work(round, *current, progress, slots, paused);
  if (paused || !progress.queue.empty() || !progress.at_work.empty()) return;

  // Once more after the last slot.
  if (!progress.monitor_until) {
    progress.monitor_until = round.now + config_of(*current).monitor.value_or(kDefaultMonitor);
  }
  if (round.now >= *progress.monitor_until) {
    complete(round, *current);
  } else {
    round.wake_at(*progress.monitor_until);
  }
}

void Updates::work(Round& round, const Service& service, Progress& progress,
                   const std::vector<Slot>& slots, bool paused) {
  const UpdateConfig& config = config_of(service);
  const size_t workers = config.parallelism == 0 ? progress.dirty_count : config.parallelism;
  while (true) {
    // A slot that needs no waiting makes room for the next one at once.
    for (auto it = progress.at_work.begin(); it != progress.at_work.end();) {
      const bool done = is_done(round, service, find_slot(slots, it->first), it->second);
      it = done ? progress.at_work.erase(it) : std::next(it);
    }
    if (paused || progress.queue.empty() || progress.at_work.size() >= workers) return;
    const SlotKey next = progress.queue.front();
    progress.queue.pop_front();
    const Slot* slot = find_slot(slots, next);
    if (slot && is_slot_dirty(round, service, *slot)) begin_slot(round, service, progress, *slot);
  }
}

// True when the worker is free again: the slot is finished and the delay after it is over.
bool Updates::is_done(Round& round, const Service& service, const Slot* slot, Work& work) const {
  if (!work.delay_until) {
    if (!finish_slot(round, service, slot, work)) return false;
    work.delay_until = round.now + config_of(service).delay;
  }
  if (round.now >= *work.delay_until) return true;
  round.wake_at(*work.delay_until);
  return false;
}

void Updates::begin_slot(Round& round, const Service& service, Progress& progress,
                         const Slot& slot) {
  const bool start_first = config_of(service).order == UpdateOrder::kStartFirst;
  Work& work = progress.at_work[slot.key];
  // A task that is up to date already (an earlier leader or a restart made it) is taken over, one
  // that runs before one that waits.
  Ref<Task> taken_over;
  for (const Ref<Task>& task : slot.tasks) {
    if (is_dirty_now(round, service, *task)) continue;
    if (!taken_over || task->desired_state > taken_over->desired_state) taken_over = task;
  }
  if (taken_over) {
    work.updated = taken_over->id;
    if (start_first) {
      round.set_desired(*taken_over, working_state(service));
    } else {
      shut_down_others(round, slot, taken_over->id);
    }
    return;
  }
  // Ready until the old task has stopped; with start-first it does not wait.
  Task updated =
      new_task(round, service, slot.key, start_first ? working_state(service) : TaskState::kReady);
  work.updated = updated.id;
  progress.made[updated.id] = std::nullopt;
  round.draft.put(std::move(updated));
  if (!start_first) shut_down_others(round, slot, work.updated);
}

// True when the slot needs no more waiting: its new task runs, or will never. With start-first the
// old tasks stop now.
bool Updates::finish_slot(Round& round, const Service& service, const Slot* slot,
                          const Work& work) const {
  const Ref<Task> updated = round.draft.task(work.updated);
  if (!slot || !updated || updated->desired_state > working_state(service)) return true;
  if (updated->status.state < TaskState::kRunning) return false;
  if (updated->status.state == TaskState::kRunning) shut_down_others(round, *slot, updated->id);
  return true;
}

void Updates::forget_gone(const Round& round) {
  std::erase_if(progress_, [&](const auto& entry) { return !round.draft.service(entry.first); });
}

}  // namespace es::orchestrator
