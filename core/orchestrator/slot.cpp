#include "core/orchestrator/slot.h"

#include <algorithm>
#include <limits>

namespace es::orchestrator {

bool is_job(const Service& service) {
  return service.spec.mode.replicated_job || service.spec.mode.global_job;
}

bool is_global(const Service& service) {
  return service.spec.mode.global || service.spec.mode.global_job;
}

TaskState working_state(const Service& service) {
  return is_job(service) ? TaskState::kComplete : TaskState::kRunning;
}

SlotKey slot_of(const Service& service, const Task& task) {
  return is_global(service) ? SlotKey{service.id, 0, task.node_id}
                            : SlotKey{service.id, task.slot, NodeId()};
}

bool is_older(const Task& a, const Task& b) {
  const auto made = [](const Task& task) {
    return task.meta.created_index == 0 ? std::numeric_limits<uint64_t>::max()
                                        : task.meta.created_index;
  };
  return std::tuple(made(a), a.id) < std::tuple(made(b), b.id);
}

std::vector<Slot> slots_of(const Service& service, std::vector<state::Ref<Task>> tasks) {
  std::sort(tasks.begin(), tasks.end(), [&](const state::Ref<Task>& a, const state::Ref<Task>& b) {
    const SlotKey key_a = slot_of(service, *a);
    const SlotKey key_b = slot_of(service, *b);
    return key_a != key_b ? key_a < key_b : is_older(*a, *b);
  });
  std::vector<Slot> slots;
  for (state::Ref<Task>& task : tasks) {
    const SlotKey key = slot_of(service, *task);
    if (slots.empty() || slots.back().key != key) slots.push_back({key, {}});
    slots.back().tasks.push_back(std::move(task));
  }
  return slots;
}

Task new_task(Round& round, const Service& service, const SlotKey& slot, TaskState desired) {
  Task task;
  task.id = TaskId::draw(round.prng);
  task.spec = service.spec.task;
  task.spec_version = service.spec_version;
  task.service_id = service.id;
  task.service_name = service.spec.name;
  task.slot = slot.number;
  task.node_id = slot.node;
  task.desired_state = desired;
  task.status.timestamp = round.wall;
  task.status.state = TaskState::kPending;
  task.status.message = "pending task scheduling";
  if (service.job_status) task.job_iteration = service.job_status->iteration.index;
  return task;
}

}  // namespace es::orchestrator
