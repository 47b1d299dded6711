#pragma once
// Slot: the tasks that followed each other in one place of a service: of a replicated service a
// number, of a global one a node.

#include <cstdint>
#include <tuple>
#include <vector>

#include "core/orchestrator/round.h"

namespace es::orchestrator {

bool is_job(const Service& service);
bool is_global(const Service& service);  // one task a node, jobs included

// The desired state of a task that shall do its work.
TaskState working_state(const Service& service);

struct SlotKey {
  ServiceId service;
  uint64_t number = 0;  // 0 of global services
  NodeId node;          // empty but for global services

  auto operator<=>(const SlotKey&) const = default;
};
SlotKey slot_of(const Service& service, const Task& task);

struct Slot {
  SlotKey key;
  std::vector<state::Ref<Task>> tasks;  // oldest first
};

// By key.
std::vector<Slot> slots_of(const Service& service, std::vector<state::Ref<Task>> tasks);

// By the entries that made them; tasks of this draft are the newest.
bool is_older(const Task& a, const Task& b);

// A task of the service as it is now, waiting for a node (or, with a node given, for its
// confirmation).
Task new_task(Round& round, const Service& service, const SlotKey& slot, TaskState desired);

}  // namespace es::orchestrator
