#pragma once
// Round: what one run of the control loop works with.

#include "core/base/prng.h"
#include "core/base/time.h"
#include "core/state/draft.h"
#include "core/state/liveness.h"

namespace es::orchestrator {

struct Round {
  state::Draft& draft;
  const state::Liveness& liveness;
  Instant now;
  WallTime wall;  // for people only
  Prng& prng;
  Instant wake = kNever;

  void wake_at(Instant at) { wake = earlier(wake, at); }

  // Both change the task as the draft has it now; the caller's may be older.
  void set_desired(const Task& task, TaskState desired) {
    const state::Ref<Task> current = draft.task(task.id);
    if (!current || current->desired_state >= desired) return;
    Task changed = *current;
    changed.desired_state = desired;
    draft.put(std::move(changed));
  }

  // The orchestrator's own observation, of a task that no agent will report on any more.
  void set_observed(const Task& task, TaskState observed, const char* message, const char* err) {
    const state::Ref<Task> current = draft.task(task.id);
    if (!current || current->status.state >= observed) return;
    Task changed = *current;
    changed.status.timestamp = wall;
    changed.status.state = observed;
    changed.status.message = message;
    changed.status.err = err;
    draft.put(std::move(changed));
  }
};

// True for a node whose tasks are replaced: it is gone, down or drained. A node that is only
// unknown keeps them.
inline bool gives_up_tasks(const Round& round, const Node* node) {
  return !node || round.liveness.of(node->id) == NodeState::kDown ||
         node->spec.availability == NodeAvailability::kDrain;
}

// Down or gone: nobody there will say that a task stopped.
inline bool is_lost(const Round& round, NodeId id) {
  return !round.draft.node(id) || round.liveness.of(id) == NodeState::kDown;
}

}  // namespace es::orchestrator
