#pragma once
// Restarts: what becomes of a slot whose task has ended, and when its successor may start.
//
// The successor is made at once, with desired state ready: its node prepares the image meanwhile.
// It goes on to running when its delay is over and what ran in the slot before has stopped. Both
// gates are read off the tables, so a new leader goes on where the old one was; only the start of
// the delay is the leader's own memory.

#include <deque>
#include <map>
#include <set>

#include "core/orchestrator/round.h"
#include "core/orchestrator/slot.h"

namespace es::orchestrator {

// A task that does not stop holds up its successor for this long at most (SwarmKit: restart.go,
// defaultOldTaskTimeout).
constexpr Duration kOldTaskPatience = minutes(1);

// More restarts than this within a window are not counted.
constexpr size_t kMaxCountedRestarts = 1'000;

class Restarts {
 public:
  // A leader's first look: when restarts of earlier terms happened it cannot know, so they count as
  // happening now.
  void learn(const Round& round);

  // The task has ended, or its node gives it up: shuts it down and, if the policy says so, makes
  // its successor. One that ended while it was waiting for its own delay (its image could not be
  // prepared) is left alone until that is over.
  void restart(Round& round, const Service& service, const Task& task);

  // Would the policy have the task replaced?
  bool should_restart(const Round& round, const Service& service, const Task& task);

  // The tasks of a slot that stand for it: those that shall work, or else the last one, if it ended
  // and is not to be replaced. None: the slot is free. (SwarmKit: restart.go,
  // UpdatableTasksInSlot.)
  std::vector<state::Ref<Task>> standing(const Round& round, const Service& service,
                                         const Slot& slot);

  // Sends those tasks of the service to work that are ready and may.
  void start_ready(Round& round, const Service& service, const std::vector<Slot>& slots);

  // Forgets services and tasks that are gone.
  void forget_gone(const Round& round);

 private:
  using History = std::pair<SlotKey, Version>;

  void record(const Round& round, const Service& service, const Task& successor);
  bool in_delay(Round& round, const Task& task);
  bool may_start(Round& round, const Slot& slot, const Task& task);

  std::map<History, std::deque<Instant>> restarts_;  // of policies with a window
  std::set<TaskId> refused_;  // ended and not replaced, although the window has moved on since
  std::map<TaskId, Instant> ready_since_;
};

}  // namespace es::orchestrator
