#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "core/orchestrator/reconcile.h"

namespace es::orchestrator {

namespace {

using state::Ref;

void restart_ended(Round& round, Restarts& restarts, const Service& service) {
  for (const Ref<Task>& task : round.draft.tasks_of_service(service.id)) {
    if (task->desired_state > TaskState::kRunning) continue;
    const bool given_up =
        !task->node_id.empty() && gives_up_tasks(round, round.draft.node(task->node_id).get());
    if (given_up || is_terminal(task->status.state)) restarts.restart(round, service, *task);
  }
}

bool has_running(const Slot& slot) {
  return std::any_of(slot.tasks.begin(), slot.tasks.end(), [](const Ref<Task>& task) {
    return task->status.state == TaskState::kRunning;
  });
}

// Those that stay longest first. Of the copies on one node the second is above every first, so that
// a scale-down levels the nodes; a slot without one certain node goes before all that have one
// (SwarmKit: replicated/slot.go).
std::vector<Slot> in_order_of_staying(std::vector<Slot> slots) {
  std::sort(slots.begin(), slots.end(), [](const Slot& a, const Slot& b) {
    const bool runs_a = has_running(a);
    const bool runs_b = has_running(b);
    return runs_a != runs_b ? runs_a : a.key.number < b.key.number;
  });
  constexpr uint64_t kNoNode = std::numeric_limits<uint64_t>::max();
  std::map<NodeId, uint64_t> copies;
  std::vector<std::pair<uint64_t, Slot>> nth_copy;
  for (Slot& slot : slots) {
    const bool has_node = slot.tasks.size() == 1 && !slot.tasks[0]->node_id.empty();
    const uint64_t nth = has_node ? ++copies[slot.tasks[0]->node_id] : kNoNode;
    nth_copy.emplace_back(nth, std::move(slot));
  }
  std::stable_sort(nth_copy.begin(), nth_copy.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Slot> ordered;
  for (auto& [nth, slot] : nth_copy) ordered.push_back(std::move(slot));
  return ordered;
}

void remove_all(Round& round, const Slot& slot) {
  for (const Ref<Task>& task : slot.tasks) round.set_desired(*task, TaskState::kRemove);
}

// Returns the numbers that are in use then.
std::set<uint64_t> fill_free_slots(Round& round, const Service& service,
                                   const std::vector<Slot>& taken, uint64_t wanted) {
  std::set<uint64_t> numbers;
  for (const Slot& slot : taken) numbers.insert(slot.key.number);
  for (uint64_t number = 1; numbers.size() < wanted; ++number) {
    if (!numbers.insert(number).second) continue;
    // Ready, not running: an earlier task of this slot may still be stopping.
    round.draft.put(new_task(round, service, {service.id, number, NodeId()}, TaskState::kReady));
  }
  return numbers;
}

}  // namespace

void reconcile_replicated(Round& round, Restarts& restarts, Updates& updates, ServiceId id) {
  updates.watch_failures(round, *round.draft.service(id));
  const Ref<Service> service = round.draft.service(id);
  restart_ended(round, restarts, *service);

  const uint64_t wanted = service->spec.mode.replicated->replicas.value_or(1);
  std::vector<Slot> standing;
  std::vector<Slot> free;
  for (Slot& slot : slots_of(*service, round.draft.tasks_of_service(id))) {
    std::vector<Ref<Task>> tasks = restarts.standing(round, *service, slot);
    if (tasks.empty()) {
      free.push_back(std::move(slot));
    } else {
      standing.push_back({slot.key, std::move(tasks)});
    }
  }
  if (standing.size() > wanted) {
    standing = in_order_of_staying(std::move(standing));
    for (size_t i = wanted; i < standing.size(); ++i) remove_all(round, standing[i]);
    standing.resize(wanted);
  }
  updates.advance(round, *service, standing);
  const std::set<uint64_t> in_use = fill_free_slots(round, *service, standing, wanted);
  // The history of a slot goes with the slot.
  for (const Slot& slot : free) {
    if (!in_use.contains(slot.key.number)) remove_all(round, slot);
  }
}

}  // namespace es::orchestrator
