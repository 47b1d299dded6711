#include "core/orchestrator/enforcer.h"

#include <algorithm>

#include "core/orchestrator/slot.h"
#include "core/state/constraint.h"
#include "core/state/reservations.h"

namespace es::orchestrator {

namespace {

using state::Ref;

// Where only the service's new constraints are broken the task is out of date, and the update
// replaces it at its own pace; where only the task's old ones are, it is as good as a new one.
bool breaks_constraints(const Round& round, const Task& task, const Node& node) {
  if (state::meets_constraints(task.spec.placement.constraints, node)) return false;
  const Ref<Service> service = round.draft.service(task.service_id);
  return !service || !state::meets_constraints(service->spec.task.placement.constraints, node);
}

}  // namespace

void enforce_constraints(Round& round) {
  for (const Ref<Node>& node : round.draft.nodes()) {
    if (node->spec.availability != NodeAvailability::kActive) continue;
    std::vector<Ref<Task>> tasks = round.draft.tasks_of_node(node->id);
    std::sort(tasks.begin(), tasks.end(),
              [](const Ref<Task>& a, const Ref<Task>& b) { return is_older(*a, *b); });
    const Resources offer = state::offered(*node);
    Resources taken;
    for (const Ref<Task>& task : tasks) {
      if (!state::holds_reservation(*task)) continue;
      const Resources& wanted = task->spec.resources.reservations;
      const bool shall_work = task->desired_state <= TaskState::kComplete;
      if (shall_work &&
          (breaks_constraints(round, *task, *node) || !state::fits(offer, taken, wanted))) {
        round.set_observed(*task, TaskState::kRejected, "task rejected by constraint enforcer",
                           "assigned node no longer meets constraints");
        continue;
      }
      state::add(taken, wanted);
    }
  }
}

}  // namespace es::orchestrator
