#include "core/scheduler/scheduler.h"

#include <algorithm>
#include <limits>
#include <string>

#include "core/scheduler/candidate.h"
#include "core/scheduler/filter.h"
#include "core/scheduler/ranking.h"

namespace es::scheduler {

namespace {

using state::Draft;
using state::Ref;

bool is_pending(const Task& task) {
  return task.status.state == TaskState::kPending && task.desired_state <= TaskState::kComplete;
}

// First come, first served: tasks that wait since an earlier entry go first.
std::vector<Ref<Task>> pending_tasks(const Draft& draft) {
  std::vector<Ref<Task>> pending;
  for (const Ref<Task>& task : draft.tasks()) {
    if (is_pending(*task)) pending.push_back(task);
  }
  const auto age = [](const Task& task) {
    return task.meta.created_index == 0 ? std::numeric_limits<uint64_t>::max()
                                        : task.meta.created_index;
  };
  std::sort(pending.begin(), pending.end(), [&](const Ref<Task>& a, const Ref<Task>& b) {
    return std::tuple(age(*a), a->service_id, a->slot, a->id) <
           std::tuple(age(*b), b->service_id, b->slot, b->id);
  });
  return pending;
}

class Round {
 public:
  Round(Draft& draft, const state::Liveness& liveness, const Failures& failures, WallTime wall)
      : draft_(draft), failures_(failures), wall_(wall), candidates_(candidates(draft, liveness)) {}

  void place(const Task& task) {
    if (!task.node_id.empty()) {
      confirm(task);
      return;
    }
    // Tasks of one spec differ in nothing that a filter looks at: what one did not find, the next
    // will not find either.
    const auto group = std::pair(task.service_id, task.spec_version);
    if (const auto known = unplaceable_.find(group); known != unplaceable_.end()) {
      pend(task, known->second);
      return;
    }
    Screening screening;
    std::vector<size_t> passing;
    for (size_t i = 0; i < candidates_.size(); ++i) {
      if (screening.passes(task, candidates_[i])) passing.push_back(i);
    }
    if (passing.empty()) {
      const std::string why = screening.explanation();
      unplaceable_[group] = why.empty() ? "no suitable node" : "no suitable node (" + why + ")";
      pend(task, unplaceable_[group]);
      return;
    }
    assign(task, candidates_[best(task, candidates_, passing, failures_)],
           "scheduler assigned task to node");
  }

 private:
  // A task of a global service comes with its node, which has to pass all the same.
  void confirm(const Task& task) {
    for (Candidate& candidate : candidates_) {
      if (candidate.node->id != task.node_id) continue;
      Screening screening;
      if (screening.passes(task, candidate)) {
        assign(task, candidate, "scheduler confirmed task can run on preassigned node");
      } else {
        pend(task, screening.explanation());
      }
      return;
    }
  }

  void assign(const Task& task, Candidate& candidate, const char* message) {
    Task assigned = task;
    assigned.node_id = candidate.node->id;
    assigned.status = TaskStatus{.timestamp = wall_,
                                 .state = TaskState::kAssigned,
                                 .message = message,
                                 .err = {},
                                 .container = {}};
    candidate.account(assigned);
    draft_.put(std::move(assigned));
  }

  void pend(const Task& task, const std::string& why) {
    if (task.status.err == why) return;
    Task waiting = task;
    waiting.status.timestamp = wall_;
    waiting.status.message = "pending task scheduling";
    waiting.status.err = why;
    draft_.put(std::move(waiting));
  }

  Draft& draft_;
  const Failures& failures_;
  WallTime wall_;
  std::vector<Candidate> candidates_;
  std::map<std::pair<ServiceId, Version>, std::string> unplaceable_;
};

}  // namespace

void Scheduler::run(Draft& draft, const state::Liveness& liveness, Instant now, WallTime wall) {
  failures_.observe(draft, now);
  const std::vector<Ref<Task>> pending = pending_tasks(draft);
  if (pending.empty()) return;
  Round round(draft, liveness, failures_, wall);
  for (const Ref<Task>& task : pending) round.place(*task);
}

}  // namespace es::scheduler
