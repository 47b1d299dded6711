#include "core/orchestrator/lost.h"

namespace es::orchestrator {

void LostTasks::orphan(Round& round) {
  for (const state::Ref<Node>& node : round.draft.nodes()) {
    if (round.liveness.of(node->id) == NodeState::kDown) {
      down_since_.emplace(node->id, round.now);
    } else {
      down_since_.erase(node->id);
    }
  }
  std::erase_if(down_since_, [&](const auto& entry) { return !round.draft.node(entry.first); });
  for (const auto& [node, since] : down_since_) {
    if (round.now < since + kNodeDownPatience) round.wake_at(since + kNodeDownPatience);
  }

  for (const state::Ref<Task>& task : round.draft.tasks()) {
    if (task->status.state < TaskState::kAssigned || is_terminal(task->status.state)) continue;
    const auto down = down_since_.find(task->node_id);
    if (!round.draft.node(task->node_id)) {
      round.set_observed(*task, TaskState::kOrphaned,
                         "Task belonged to a node that has been deleted", "");
    } else if (down != down_since_.end() && round.now >= down->second + kNodeDownPatience) {
      round.set_observed(*task, TaskState::kOrphaned,
                         "Task belonged to a node that has been down for 24 hours", "");
    }
  }
}

}  // namespace es::orchestrator
