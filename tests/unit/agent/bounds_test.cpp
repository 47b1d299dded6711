// What an agent may not be wrong about by one.

#include "core/base/prng.h"
#include "tests/unit/agent/bench.h"

namespace es::agent {

namespace {

Resources offer(int64_t memory_bytes, int64_t cpu_nano) {
  Resources resources;
  resources.memory_bytes = memory_bytes;
  resources.cpu_nano = cpu_nano;
  return resources;
}

Task task(Prng& prng, Resources reservations) {
  Task one;
  one.id = TaskId::draw(prng);
  one.spec.container.image = "busybox:latest";
  one.spec.container.args = {"sleep", "1"};
  one.spec.resources.reservations = std::move(reservations);
  one.status.state = TaskState::kAssigned;
  one.desired_state = TaskState::kRunning;
  return one;
}

wire::Assignments complete_set(std::vector<Task> tasks) {
  wire::Assignments message;
  message.session = kSession;
  message.sequence = 1;
  message.complete = true;
  message.put = std::move(tasks);
  return message;
}

}  // namespace

TEST_CASE("admission: the last byte and the last nano-CPU that a node offers, and not one more") {
  const struct {
    Resources second;
    TaskState state;
  } cases[] = {
      {offer(40, 0), TaskState::kPreparing},
      {offer(41, 0), TaskState::kRejected},
      {offer(0, 500), TaskState::kPreparing},
      {offer(0, 501), TaskState::kRejected},
      {offer(0, 0), TaskState::kPreparing},
  };
  for (const auto& one : cases) {
    Prng prng(1);
    Agent agent(offer(100, 1'000));
    agent.session_opened(kSession);
    const Task first = task(prng, offer(60, 500));
    const Task second = task(prng, one.second);
    REQUIRE(agent.assign(kWall, complete_set({first, second})));
    CHECK(agent.tasks().at(first.id).status.state == TaskState::kPreparing);
    CHECK(agent.tasks().at(second.id).status.state == one.state);
  }
}

TEST_CASE("a report holds everything that was not told yet, and told is what was acknowledged") {
  Prng prng(1);
  Agent agent(offer(1 << 30, 1'000));
  agent.session_opened(kSession);
  std::vector<Task> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(task(prng, {}));
  REQUIRE(agent.assign(kWall, complete_set(tasks)));
  for (const Task& one : tasks) agent.prepared(kWall, one.id, Prepared{"/rootfs", {}});
  for (const Task& one : tasks) agent.container_event(kWall, one.id, ports::ContainerStarted{42});
  const auto report = agent.take_report(Instant{1});
  REQUIRE(report);
  CHECK(report->observations.size() == 3);
  for (const wire::TaskObservation& seen : report->observations) {
    CHECK(seen.status.state == TaskState::kRunning);
  }
  // Another leader has not heard any of it.
  agent.session_closed();
  agent.session_opened(kSession + 1);
  const auto again = agent.take_report(Instant{2});
  REQUIRE(again);
  CHECK(again->observations.size() == 3);
}

}  // namespace es::agent
