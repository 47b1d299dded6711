#include "core/state/reservations.h"

#include "core/base/planted_bug.h"

namespace es::state {

bool holds_reservation(const Task& task) {
  return task.status.state >= TaskState::kAssigned && !is_terminal(task.status.state);
}

Resources offered(const Node& node) {
  Resources offer = node.description.resources;
  if (!node.description.memory_controller) offer.memory_bytes = 0;
  return offer;
}

bool runs_tasks(const Node& node) { return node.description.resources.cpu_nano > 0; }

Resources reserved(const Draft& draft, NodeId node) {
  Resources sum;
  for (const Ref<Task>& task : draft.tasks_of_node(node)) {
    if (holds_reservation(*task)) add(sum, task->spec.resources.reservations);
  }
  return sum;
}

void add(Resources& sum, const Resources& part) {
  sum.cpu_nano += part.cpu_nano;
  sum.memory_bytes += part.memory_bytes;
  for (const auto& [kind, count] : part.generic) sum.generic[kind] += count;
}

void subtract(Resources& sum, const Resources& part) {
  sum.cpu_nano -= part.cpu_nano;
  sum.memory_bytes -= part.memory_bytes;
  for (const auto& [kind, count] : part.generic) sum.generic[kind] -= count;
}

namespace {

int64_t count_of(const Resources& resources, const std::string& kind) {
  const auto it = resources.generic.find(kind);
  return it == resources.generic.end() ? 0 : it->second;
}

}  // namespace

bool fits(const Resources& offer, const Resources& taken, const Resources& wanted) {
  // A task that wants none of a resource runs also where none is left: limits and reservations are
  // independent.
  if (wanted.cpu_nano > 0 && wanted.cpu_nano > offer.cpu_nano - taken.cpu_nano) return false;
  const int64_t planted_bytes = ES_PLANTED(scheduler_overcommits_a_byte) ? 1 : 0;
  const int64_t left_bytes = offer.memory_bytes - taken.memory_bytes + planted_bytes;
  if (wanted.memory_bytes > 0 && wanted.memory_bytes > left_bytes) return false;
  for (const auto& [kind, count] : wanted.generic) {
    if (count > 0 && count > count_of(offer, kind) - count_of(taken, kind)) return false;
  }
  return true;
}

}  // namespace es::state
