#include "core/orchestrator/reaper.h"

#include <algorithm>
#include <limits>

#include "core/base/planted_bug.h"
#include "core/orchestrator/slot.h"
#include "core/state/bounds.h"

namespace es::orchestrator {

namespace {

using state::Ref;

// No agent knows the task, so nobody else will say that it ended.
bool never_had_node(const Task& task) { return task.status.state < TaskState::kAssigned; }

void settle(Round& round, const Task& task) {
  if (!round.draft.service(task.service_id)) round.set_desired(task, TaskState::kRemove);
  const Ref<Task> current = round.draft.task(task.id);
  if (current->desired_state <= TaskState::kComplete) return;
  if (current->desired_state == TaskState::kRemove) {
    if (never_had_node(*current) || is_terminal(current->status.state))
      round.draft.remove(current->id);
  } else if (never_had_node(*current)) {
    round.set_observed(*current, TaskState::kShutdown, "shutdown", "");
  }
}

// With more tasks than this "keep all" keeps the usual number: history must not take the room of tasks that are to run.
constexpr size_t kCrowdedTasks = state::kMaxRows / 2;

// Nothing: all are kept.
std::optional<uint64_t> history_limit(const Cluster& cluster, const Service& service, bool crowded) {
  if (cluster.spec.task_history < 0) {
    return crowded ? std::optional(static_cast<uint64_t>(kDefaultTaskHistory)) : std::nullopt;
  }
  // The first task and every restart of it, so that a person sees them all.
  const uint64_t attempts = service.spec.task.restart.max_attempts;
  if (attempts > 0 && attempts < std::numeric_limits<uint64_t>::max()) return attempts + 1;
  return static_cast<uint64_t>(cluster.spec.task_history);
}

void trim(Round& round, const Service& service, const Slot& slot, uint64_t limit) {
  uint64_t count = slot.tasks.size();
  if (ES_PLANTED(history_reaped_too_early)) ++count;
  for (const Ref<Task>& task : slot.tasks) {
    if (count <= limit) return;
    if (!is_terminal(task->status.state) || task->desired_state <= TaskState::kRunning) continue;
    // The last task of a job's slot tells that the slot is done.
    if (is_job(service) && task == slot.tasks.back()) continue;
    round.draft.remove(task->id);
    --count;
  }
}

}  // namespace

void reap(Round& round) {
  const std::vector<Ref<Task>> tasks = round.draft.tasks();
  for (const Ref<Task>& task : tasks) settle(round, *task);
  const Ref<Cluster> cluster = round.draft.cluster();
  if (!cluster) return;
  for (const Ref<Service>& service : round.draft.services()) {
    const std::optional<uint64_t> limit = history_limit(*cluster, *service, tasks.size() > kCrowdedTasks);
    if (!limit) continue;
    for (const Slot& slot : slots_of(*service, round.draft.tasks_of_service(service->id))) {
      // The history of a node ends with the node.
      const bool node_is_gone = is_global(*service) && !round.draft.node(slot.key.node);
      trim(round, *service, slot, node_is_gone ? 0 : *limit);
    }
  }
}

}  // namespace es::orchestrator
