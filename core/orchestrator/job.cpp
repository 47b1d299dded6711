#include <algorithm>
#include <map>
#include <set>

#include "core/orchestrator/reconcile.h"
#include "core/state/constraint.h"
#include "core/state/reservations.h"

namespace es::orchestrator {

namespace {

using state::Ref;

uint64_t iteration_of(const Service& service) {
  return service.job_status ? service.job_status->iteration.index : 0;
}

bool may_still_complete(const Task& task) {
  return task.desired_state <= TaskState::kComplete && task.status.state != TaskState::kComplete;
}

// Ends what is left of earlier runs, and restarts what failed in this one.
void settle_tasks(Round& round, Restarts& restarts, const Service& service) {
  for (const Ref<Task>& task : round.draft.tasks_of_service(service.id)) {
    if (task->job_iteration != iteration_of(service)) {
      round.set_desired(*task, TaskState::kRemove);
      continue;
    }
    if (!may_still_complete(*task)) continue;
    const bool given_up =
        !task->node_id.empty() && gives_up_tasks(round, round.draft.node(task->node_id).get());
    if (!given_up && !is_terminal(task->status.state)) continue;
    if (given_up && is_global(service)) {
      round.set_desired(*task, TaskState::kShutdown);
    } else {
      restarts.restart(round, service, *task);
    }
  }
}

std::vector<Ref<Task>> tasks_of_this_run(const Round& round, const Service& service) {
  std::vector<Ref<Task>> tasks = round.draft.tasks_of_service(service.id);
  std::erase_if(
      tasks, [&](const Ref<Task>& task) { return task->job_iteration != iteration_of(service); });
  return tasks;
}

}  // namespace

void reconcile_replicated_job(Round& round, Restarts& restarts, ServiceId id) {
  const Ref<Service> service = round.draft.service(id);
  settle_tasks(round, restarts, *service);

  const ReplicatedJobMode& mode = *service->spec.mode.replicated_job;
  const uint64_t max_concurrent = mode.max_concurrent.value_or(1);
  const uint64_t total = mode.total_completions.value_or(max_concurrent);
  std::set<uint64_t> used;  // a slot that failed for good is not tried again
  uint64_t under_way = 0;
  for (const Ref<Task>& task : tasks_of_this_run(round, *service)) {
    used.insert(task->slot);
    if (may_still_complete(*task)) ++under_way;
  }
  for (uint64_t slot = 0; slot < total && under_way < max_concurrent; ++slot) {
    if (used.contains(slot)) continue;
    round.draft.put(new_task(round, *service, {id, slot, NodeId()}, TaskState::kComplete));
    ++under_way;
  }
}

void reconcile_global_job(Round& round, Restarts& restarts, ServiceId id) {
  const Ref<Service> service = round.draft.service(id);
  settle_tasks(round, restarts, *service);

  // A run is for the nodes that were there when it began: those older than its oldest task.
  const std::vector<Ref<Task>> tasks = tasks_of_this_run(round, *service);
  const auto first =
      std::min_element(tasks.begin(), tasks.end(),
                       [](const Ref<Task>& a, const Ref<Task>& b) { return is_older(*a, *b); });
  std::set<NodeId> served;
  for (const Ref<Task>& task : tasks) {
    const bool failed =
        task->status.state == TaskState::kFailed || task->status.state == TaskState::kRejected;
    if (task->desired_state <= TaskState::kComplete || failed) served.insert(task->node_id);
  }
  for (const Ref<Node>& node : round.draft.nodes()) {
    if (served.contains(node->id) || !state::runs_tasks(*node)) continue;
    if (node->spec.availability != NodeAvailability::kActive) continue;
    if (round.liveness.of(node->id) != NodeState::kReady) continue;
    if (!state::meets_constraints(service->spec.task.placement.constraints, *node)) continue;
    if (first != tasks.end() && (*first)->meta.created_index != 0 &&
        node->meta.created_index > (*first)->meta.created_index) {
      continue;
    }
    round.draft.put(new_task(round, *service, {id, 0, node->id}, TaskState::kComplete));
  }
}

}  // namespace es::orchestrator
