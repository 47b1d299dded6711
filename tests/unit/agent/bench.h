#pragma once
// An agent on the bench: tasks to give it, and words for what is done to it.

#include <doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/agent/agent.h"

namespace es::agent {

inline constexpr WallTime kWall{1'000};
inline constexpr uint64_t kSession = 7;

inline TaskId id_of(uint64_t number) { return TaskId{{0, number}}; }

inline Task task(uint64_t number, TaskState desired = TaskState::kRunning) {
  Task one;
  one.id = id_of(number);
  one.spec.container.image = "busybox:latest";
  one.spec.container.args = {"sleep", "1"};
  one.status.state = TaskState::kAssigned;
  one.desired_state = desired;
  return one;
}

inline Resources offer(int64_t memory_bytes) {
  Resources resources;
  resources.cpu_nano = 4'000'000'000;
  resources.memory_bytes = memory_bytes;
  return resources;
}

// Effects of one kind that wait to be carried out.
template <class Effect>
std::vector<Effect> taken(Agent& agent) {
  std::vector<Effect> found;
  for (auto& effect : agent.take_effects()) {
    if (auto* one = std::get_if<Effect>(&effect)) found.push_back(*one);
  }
  return found;
}

struct Bench {
  explicit Bench(int64_t memory_bytes = 1 << 30) : agent(offer(memory_bytes)) { open(kSession); }

  void open(uint64_t session) {
    agent.session_opened(session);
    sequence = 0;
    number = session;
  }
  bool assign(std::vector<Task> put, std::vector<TaskId> removed = {}) {
    wire::Assignments message;
    message.session = number;
    message.sequence = ++sequence;
    message.complete = sequence == 1;
    message.put = std::move(put);
    message.removed = std::move(removed);
    return agent.assign(kWall, message);
  }
  TaskState state(uint64_t of) const { return agent.tasks().at(id_of(of)).status.state; }
  void prepare(uint64_t of) { agent.prepared(kWall, id_of(of), Prepared{"/rootfs", {}}); }
  void run(uint64_t of) {
    prepare(of);
    agent.container_event(kWall, id_of(of), ports::ContainerStarted{42});
    agent.take_effects();
  }
  void exit(uint64_t of, int64_t code, bool oom = false) {
    ports::ContainerExited exited;
    exited.exit_code = code;
    exited.oom_killed = oom;
    agent.container_event(kWall, id_of(of), exited);
  }

  Agent agent;
  uint64_t number = kSession;
  uint64_t sequence = 0;
};

}  // namespace es::agent
