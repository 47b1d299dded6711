#include <algorithm>
#include <map>

#include "core/orchestrator/reconcile.h"
#include "core/state/constraint.h"
#include "core/state/reservations.h"

namespace es::orchestrator {

namespace {

using state::Ref;

void shut_down(Round& round, const Slot& slot) {
  for (const Ref<Task>& task : slot.tasks) round.set_desired(*task, TaskState::kShutdown);
}

bool is_wanted_on(const Round& round, const Service& service, const Node& node) {
  return state::runs_tasks(node) && !gives_up_tasks(round, &node) &&
         state::meets_constraints(service.spec.task.placement.constraints, node);
}

void restart_ended(Round& round, Restarts& restarts, const Service& service) {
  for (const Ref<Task>& task : round.draft.tasks_of_service(service.id)) {
    if (task->desired_state > TaskState::kRunning || !is_terminal(task->status.state)) continue;
    const Ref<Node> node = round.draft.node(task->node_id);
    if (node && is_wanted_on(round, service, *node)) restarts.restart(round, service, *task);
  }
}

}  // namespace

void reconcile_global(Round& round, Restarts& restarts, Updates& updates, ServiceId id) {
  updates.watch_failures(round, *round.draft.service(id));
  const Ref<Service> service = round.draft.service(id);
  restart_ended(round, restarts, *service);

  std::map<NodeId, Slot> slots;
  for (Slot& slot : slots_of(*service, round.draft.tasks_of_service(id))) {
    const NodeId node = slot.key.node;
    slots.emplace(node, std::move(slot));
  }
  std::vector<Slot> standing;
  for (const Ref<Node>& node : round.draft.nodes()) {
    const auto it = slots.find(node->id);
    if (!is_wanted_on(round, *service, *node)) continue;
    Slot slot = it == slots.end() ? Slot{{id, 0, node->id}, {}} : std::move(it->second);
    if (it != slots.end()) slots.erase(it);
    if (node->spec.availability == NodeAvailability::kPause) continue;
    if (!slot.tasks.empty()) slot.tasks = restarts.standing(round, *service, slot);
    if (slot.tasks.empty()) {
      // Ready, not running: on a node that has come back the task of before is still stopping.
      round.draft.put(new_task(round, *service, slot.key, TaskState::kReady));
    } else {
      standing.push_back(std::move(slot));
    }
  }
  // Nodes that are gone, down, drained or do not satisfy the constraints any more.
  for (const auto& [node, slot] : slots) shut_down(round, slot);
  updates.advance(round, *service, standing);
}

}  // namespace es::orchestrator
