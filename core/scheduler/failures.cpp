#include "core/scheduler/failures.h"

namespace es::scheduler {

void Failures::observe(const state::Draft& draft, Instant now) {
  std::set<TaskId> failed;
  for (const auto& [id, settled] : draft.base().rows<Task>()) {
    const state::Ref<Task> pending = draft.task(id);
    const state::Ref<Task>& task =
        pending ? pending : settled;  // one that the draft deletes counts as well
    const TaskState state = task->status.state;
    if (state != TaskState::kFailed && state != TaskState::kRejected) continue;
    failed.insert(failed.end(), id);
    if (!started_ || task->node_id.empty() || known_.contains(id)) continue;
    std::deque<Instant>& times = by_place_[{task->service_id, task->spec_version, task->node_id}];
    times.push_back(now);
    if (times.size() > kMaxCountedFailures) times.pop_front();
  }
  known_ = std::move(failed);
  started_ = true;
  for (auto& [place, times] : by_place_) {
    while (!times.empty() && times.front() + kFailureWindow < now) times.pop_front();
  }
  std::erase_if(by_place_, [](const auto& place) { return place.second.empty(); });
}

size_t Failures::count(ServiceId service, Version spec_version, NodeId node) const {
  const auto it = by_place_.find({service, spec_version, node});
  return it == by_place_.end() ? 0 : it->second.size();
}

}  // namespace es::scheduler
