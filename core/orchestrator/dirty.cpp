#include "core/orchestrator/dirty.h"

#include "core/state/constraint.h"

namespace es::orchestrator {

bool is_dirty(const Service& service, const Task& task, const Node* node) {
  const TaskSpec& wanted = service.spec.task;
  if (service.spec_version == task.spec_version || wanted == task.spec) return false;
  if (!node || !state::meets_constraints(wanted.placement.constraints, *node)) return true;
  TaskSpec with_new_placement = task.spec;
  with_new_placement.placement = wanted.placement;
  return !(with_new_placement == wanted);
}

}  // namespace es::orchestrator
