#include "core/scheduler/candidate.h"

#include <algorithm>
#include <tuple>

#include "core/state/reservations.h"

namespace es::scheduler {

void Candidate::account(const Task& task) {
  if (!state::holds_reservation(task)) return;
  state::add(taken, task.spec.resources.reservations);
  // What is being stopped still holds its reservation but no place in the spread.
  if (task.desired_state > TaskState::kComplete) return;
  ++task_count;
  ++service_counts[task.service_id];
}

std::vector<Candidate> candidates(const state::Draft& draft, const state::Liveness& liveness) {
  std::vector<Candidate> all;
  for (const state::Ref<Node>& node : draft.nodes()) {
    if (!state::runs_tasks(*node)) continue;
    Candidate candidate{node, liveness.of(node->id), state::offered(*node), {}, 0, {}};
    for (const state::Ref<Task>& task : draft.tasks_of_node(node->id)) candidate.account(*task);
    all.push_back(std::move(candidate));
  }
  std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.node->meta.created_index, a.node->id) <
           std::tie(b.node->meta.created_index, b.node->id);
  });
  return all;
}

}  // namespace es::scheduler
