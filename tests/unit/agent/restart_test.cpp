// What an agent makes of its tasks after a reboot, or after a daemon before it.

#include "tests/unit/agent/bench.h"

namespace es::agent {

TEST_CASE("after a reboot the tasks start again when no leader speaks for a while, but those that are never restarted") {
  Agent agent(offer(1 << 30));
  Task once = task(2);
  once.spec.restart.condition = RestartCondition::kNone;
  TaskStatus running;
  running.state = TaskState::kRunning;
  agent.restore(Instant{0}, kWall, {{task(1), running}, {once, running}}, {});
  CHECK(agent.take_effects().empty());
  CHECK(agent.tick(Instant{0}, kWall) == Instant{0} + kOfflineStartDelay);
  agent.tick(Instant{0} + kOfflineStartDelay, kWall);
  const auto prepared = taken<PrepareTask>(agent);
  REQUIRE(prepared.size() == 1);
  CHECK(prepared[0].task == id_of(1));
  // The observed state stays at running all the time: it only grows.
  CHECK(agent.tasks().at(id_of(1)).status.state == TaskState::kRunning);
}

TEST_CASE("what ran before a reboot has failed for the leader that speaks first, and the restart policy decides") {
  struct Case {
    std::optional<TaskState> recorded;  // on this node's disk; nothing: the record was lost
    TaskState logged;
    bool fails;
  };
  for (const Case one : {Case{TaskState::kRunning, TaskState::kRunning, true}, Case{TaskState::kPreparing, TaskState::kRunning, true},
                         Case{TaskState::kRunning, TaskState::kAssigned, true}, Case{std::nullopt, TaskState::kRunning, true},
                         Case{TaskState::kPreparing, TaskState::kStarting, false}, Case{std::nullopt, TaskState::kAssigned, false}}) {
    CAPTURE(static_cast<int>(one.logged));
    Agent agent(offer(1 << 30));
    TaskRecord record{task(1), {}};
    record.status.state = one.recorded.value_or(TaskState::kNew);
    agent.restore(Instant{0}, kWall, one.recorded ? std::vector{record} : std::vector<TaskRecord>(), {});
    agent.session_opened(kSession);
    CHECK_FALSE(agent.take_report(Instant{0}));
    wire::Assignments all;
    all.session = kSession;
    all.sequence = 1;
    all.complete = true;
    all.put = {task(1)};
    all.put[0].status.state = one.logged;
    REQUIRE(agent.assign(kWall, all));
    CHECK(taken<PrepareTask>(agent).size() == (one.fails ? 0 : 1));
    CHECK((agent.tasks().at(id_of(1)).status.state == TaskState::kFailed) == one.fails);
    if (!one.fails) continue;
    const auto report = agent.take_report(Instant{0});
    REQUIRE(report);
    CHECK(report->observations.at(0).status.err == "task: it ended when the node restarted");
    // Not run again, whatever comes.
    agent.tick(Instant{0} + minutes(1), kWall);
    CHECK(taken<PrepareTask>(agent).empty());
  }
}

TEST_CASE("a container whose record was lost holds what its task reserves until it has ended, if the leader names it") {
  Agent agent(offer(100 << 20));
  agent.restore(Instant{0}, kWall, {}, {{id_of(1), ports::ContainerStarted{9}}});
  CHECK(taken<StopContainer>(agent).size() == 1);
  agent.session_opened(kSession);
  Task lost = task(1);
  lost.status.state = TaskState::kRunning;
  lost.spec.resources.reservations.memory_bytes = 60 << 20;
  Task next = task(2);
  next.spec.resources.reservations.memory_bytes = 60 << 20;
  wire::Assignments all;
  all.session = kSession;
  all.sequence = 1;
  all.complete = true;
  all.put = {lost};
  REQUIRE(agent.assign(kWall, all));
  all.sequence = 2;
  all.complete = false;
  all.put = {next};
  REQUIRE(agent.assign(kWall, all));
  CHECK(agent.tasks().at(id_of(2)).status.state == TaskState::kRejected);
  ports::ContainerExited exited;
  exited.exit_code = 143;
  agent.container_event(kWall, id_of(1), exited);
  CHECK(agent.tasks().at(id_of(1)).status.state == TaskState::kFailed);
  all.sequence = 3;
  all.put = {next};
  all.put[0].id = id_of(3);
  REQUIRE(agent.assign(kWall, all));
  CHECK(agent.tasks().at(id_of(3)).status.state == TaskState::kPreparing);
}

TEST_CASE("a start that was under way when its task was reported as failed is stopped, and holds its reservation until then") {
  Agent agent(offer(100 << 20));
  TaskRecord record;
  record.task = task(1);
  record.task.spec.resources.reservations.memory_bytes = 60 << 20;
  record.status.state = TaskState::kFailed;
  record.task.status.state = TaskState::kRunning;
  agent.restore(Instant{0}, kWall, {record}, {});
  agent.container_event(kWall, id_of(1), ports::ContainerStarted{9});
  CHECK(taken<StopContainer>(agent).size() == 1);
  CHECK(agent.tasks().at(id_of(1)).status.state == TaskState::kFailed);
  CHECK(agent.tasks().at(id_of(1)).container == Container::kStopping);
  agent.session_opened(kSession);
  wire::Assignments all;
  all.session = kSession;
  all.sequence = 1;
  all.complete = true;
  all.put = {record.task, task(2)};
  all.put[1].spec.resources.reservations.memory_bytes = 60 << 20;
  REQUIRE(agent.assign(kWall, all));
  CHECK(agent.tasks().at(id_of(2)).status.state == TaskState::kRejected);
  ports::ContainerExited exited;
  exited.exit_code = 143;
  agent.container_event(kWall, id_of(1), exited);
  CHECK(agent.tasks().at(id_of(1)).status.state == TaskState::kFailed);
  all.sequence = 2;
  all.complete = false;
  all.put = {all.put[1]};
  all.put[0].id = id_of(3);
  REQUIRE(agent.assign(kWall, all));
  CHECK(agent.tasks().at(id_of(3)).status.state == TaskState::kPreparing);
}

TEST_CASE("a start that fails after its task was reported as ended changes nothing of what was told") {
  Agent agent(offer(100 << 20));
  TaskRecord record{task(1), {}};
  record.status.state = TaskState::kComplete;
  agent.restore(Instant{0}, kWall, {record}, {});
  agent.container_event(kWall, id_of(1), ports::ContainerStartFailed{"no such file"});
  CHECK(agent.tasks().at(id_of(1)).status == record.status);
  CHECK(agent.tasks().at(id_of(1)).container == Container::kExited);
}

TEST_CASE("a container that runs although its task has ended is stopped by the next daemon, and holds its reservation until then") {
  Agent agent(offer(100 << 20));
  TaskRecord record{task(1), {}};
  record.task.spec.resources.reservations.memory_bytes = 60 << 20;
  record.status.state = TaskState::kFailed;
  record.status.err = "task: it ended when the node restarted";
  agent.restore(Instant{0}, kWall, {record}, {{id_of(1), ports::ContainerStarted{9}}});
  CHECK(taken<StopContainer>(agent).size() == 1);
  Task next = task(2);
  next.spec.resources.reservations.memory_bytes = 60 << 20;
  agent.session_opened(kSession);
  wire::Assignments all;
  all.session = kSession;
  all.sequence = 1;
  all.complete = true;
  all.put = {record.task, next};
  REQUIRE(agent.assign(kWall, all));
  CHECK(agent.tasks().at(id_of(2)).status.state == TaskState::kRejected);
  ports::ContainerExited exited;
  exited.exit_code = 143;
  agent.container_event(kWall, id_of(1), exited);
  CHECK(agent.tasks().at(id_of(1)).status.err == record.status.err);
  CHECK(agent.tasks().at(id_of(1)).container == Container::kExited);
}

TEST_CASE("a new daemon adopts what runs, and buries what has no record") {
  Agent agent(offer(1 << 30));
  TaskStatus running;
  running.state = TaskState::kRunning;
  running.message = "started";
  running.timestamp = WallTime{5};
  ports::ContainerExited exited;
  exited.exit_code = 3;
  agent.restore(Instant{0}, kWall, {{task(1), running}, {task(2), running}},
                {{id_of(1), ports::ContainerStarted{9}}, {id_of(2), exited}, {id_of(3), ports::ContainerStarted{9}}});
  CHECK(agent.tasks().at(id_of(1)).status.state == TaskState::kRunning);
  CHECK(agent.tasks().at(id_of(1)).status.timestamp == WallTime{5});
  CHECK(agent.tasks().at(id_of(2)).status.state == TaskState::kFailed);
  CHECK(agent.tasks().at(id_of(2)).status.err == "task: non-zero exit (3)");
  const auto stops = taken<StopContainer>(agent);
  REQUIRE(stops.size() == 1);
  CHECK(stops[0].task == id_of(3));
}

TEST_CASE("a start that the daemon before this one asked for comes about while the task is prepared again: that container stays") {
  Bench bench;
  REQUIRE(bench.assign({task(1)}));
  bench.agent.take_effects();
  bench.agent.container_event(kWall, id_of(1), ports::ContainerStarted{42});
  CHECK(bench.state(1) == TaskState::kRunning);
  bench.prepare(1);
  CHECK(bench.agent.take_effects().empty());
  CHECK(bench.state(1) == TaskState::kRunning);
  // Its end is its end, and then nothing of it stays.
  bench.exit(1, 1);
  CHECK(bench.state(1) == TaskState::kFailed);
  bench.prepare(1);
  CHECK(taken<RemoveContainer>(bench.agent).size() == 1);
}

TEST_CASE("a task that the log knows to have ended is not run again where the record of its end was lost") {
  struct Case {
    TaskState logged;
    bool container_lives;  // the end was another's word: the node was given up while it was away
  };
  for (const Case one : {Case{TaskState::kComplete, false}, Case{TaskState::kFailed, false},
                         Case{TaskState::kOrphaned, true}}) {
    CAPTURE(static_cast<int>(one.logged));
    Agent agent(offer(1 << 30));
    TaskRecord record{task(1, TaskState::kComplete), {}};
    record.status.state = TaskState::kPreparing;
    std::vector<ports::AdoptedContainer> found;
    if (one.container_lives) found.push_back({id_of(1), ports::ContainerStarted{9}});
    agent.restore(Instant{0}, kWall, {record}, found);
    agent.session_opened(kSession);
    wire::Assignments all;
    all.session = kSession;
    all.sequence = 1;
    all.complete = true;
    all.put = {task(1, TaskState::kComplete)};
    all.put[0].status.state = one.logged;
    all.put[0].status.message = "as logged";
    REQUIRE(agent.assign(kWall, all));
    agent.tick(Instant{0} + minutes(1), kWall);
    const auto effects = agent.take_effects();
    const auto count = [&]<class E>() {
      size_t sum = 0;
      for (const Effect& effect : effects) sum += std::holds_alternative<E>(effect);
      return sum;
    };
    CHECK(count.operator()<PrepareTask>() == 0);
    CHECK(count.operator()<StopContainer>() == (one.container_lives ? 1 : 0));
    if (one.container_lives) {
      agent.container_event(kWall, id_of(1), ports::ContainerExited{});
    }
    CHECK(agent.tasks().at(id_of(1)).status == all.put[0].status);
  }
}

TEST_CASE("a state that was stored before this boot is not reported as seen in it") {
  TaskStatus running;
  running.state = TaskState::kRunning;
  running.message = "started";
  Agent agent(offer(1 << 30));
  agent.restore(Instant{0}, kWall, {{task(1), running}, {task(2), running}},
                {{id_of(2), ports::ContainerStarted{9}}});
  agent.tick(Instant{0} + kOfflineStartDelay, kWall);  // no leader speaks: the first one is started again
  agent.session_opened(kSession);
  wire::Assignments all;
  all.session = kSession;
  all.sequence = 1;
  all.complete = true;
  all.put = {task(1), task(2)};
  REQUIRE(agent.assign(kWall, all));
  const auto adopted = agent.take_report(Instant{0});
  REQUIRE(adopted);
  REQUIRE(adopted->observations.size() == 1);
  CHECK(adopted->observations[0].task == id_of(2));
  agent.prepared(kWall, id_of(1), Prepared{"/rootfs", {}});
  CHECK_FALSE(agent.take_report(Instant{1}));
  agent.container_event(kWall, id_of(1), ports::ContainerStarted{42});
  const auto seen = agent.take_report(Instant{2});
  REQUIRE(seen);
  REQUIRE(seen->observations.size() == 1);
  CHECK(seen->observations[0].task == id_of(1));
}

}  // namespace es::agent
