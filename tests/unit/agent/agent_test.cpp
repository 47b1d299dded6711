// A task's life on its node, without a node.

#include "core/agent/agent.h"

#include <doctest.h>

#include <string>

#include "core/agent/container.h"
#include "core/wire/codec.h"

namespace es::agent {

namespace {

constexpr WallTime kWall{1'000};
constexpr uint64_t kSession = 7;

TaskId id_of(uint64_t number) { return TaskId{{0, number}}; }

Task task(uint64_t number, TaskState desired = TaskState::kRunning) {
  Task one;
  one.id = id_of(number);
  one.spec.container.image = "busybox:latest";
  one.spec.container.args = {"sleep", "1"};
  one.status.state = TaskState::kAssigned;
  one.desired_state = desired;
  return one;
}

Resources offer(int64_t memory_bytes) {
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

}  // namespace

TEST_CASE("a task goes from assigned to running, one effect after the other") {
  Bench bench;
  REQUIRE(bench.assign({task(1)}));
  CHECK(bench.state(1) == TaskState::kPreparing);
  REQUIRE(taken<PrepareTask>(bench.agent).size() == 1);
  bench.prepare(1);
  CHECK(bench.state(1) == TaskState::kStarting);
  const auto starts = taken<StartContainer>(bench.agent);
  REQUIRE(starts.size() == 1);
  CHECK(starts[0].config.args == std::vector<std::string>{"sleep", "1"});
  bench.agent.container_event(kWall, id_of(1), ports::ContainerStarted{42});
  CHECK(bench.state(1) == TaskState::kRunning);
  CHECK(bench.agent.tasks().at(id_of(1)).status.container.pid == 42);
}

TEST_CASE("a task that is only to be ready waits there until it may run") {
  Bench bench;
  REQUIRE(bench.assign({task(1, TaskState::kReady)}));
  bench.prepare(1);
  CHECK(bench.state(1) == TaskState::kReady);
  CHECK(taken<StartContainer>(bench.agent).empty());
  REQUIRE(bench.assign({task(1)}));
  CHECK(bench.state(1) == TaskState::kStarting);
}

TEST_CASE("how a container ended decides the last state") {
  struct Case {
    const char* name;
    int64_t code;
    bool oom;
    bool asked_to_stop;
    TaskState expected;
    const char* error;
  };
  const Case cases[] = {
      {"by itself, well", 0, false, false, TaskState::kComplete, ""},
      {"by itself, badly", 3, false, false, TaskState::kFailed, "task: non-zero exit (3)"},
      {"out of memory", 137, true, false, TaskState::kFailed,
       "task: out of memory (limit 1048576 bytes): non-zero exit (137)"},
      {"a child was out of memory, the task went on and ended well", 0, true, false, TaskState::kComplete, ""},
      {"asked to", 143, false, true, TaskState::kShutdown, ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    Bench bench;
    Task limited = task(1);
    limited.spec.resources.limits.memory_bytes = 1 << 20;
    REQUIRE(bench.assign({limited}));
    bench.run(1);
    if (one.asked_to_stop) {
      REQUIRE(bench.assign({task(1, TaskState::kShutdown)}));
      REQUIRE(taken<StopContainer>(bench.agent).size() == 1);
    }
    bench.exit(1, one.code, one.oom);
    CHECK(bench.state(1) == one.expected);
    CHECK(bench.agent.tasks().at(id_of(1)).status.err == one.error);
  }
}

TEST_CASE("admission refuses rather than overcommits, and what ended makes room") {
  Bench bench(100 << 20);
  const auto reserving = [](uint64_t number) {
    Task one = task(number);
    one.spec.resources.reservations.memory_bytes = 60 << 20;
    return one;
  };
  REQUIRE(bench.assign({reserving(1)}));
  REQUIRE(bench.assign({reserving(2)}));
  CHECK(bench.state(2) == TaskState::kRejected);
  CHECK(bench.agent.tasks().at(id_of(2)).status.err.find("125829120 bytes of the 104857600") != std::string::npos);
  bench.run(1);
  bench.exit(1, 0);
  REQUIRE(bench.assign({reserving(3)}));
  CHECK(bench.state(3) == TaskState::kPreparing);
}

TEST_CASE("a task that is stopped on its way never runs") {
  Bench bench;
  REQUIRE(bench.assign({task(1), task(2)}));
  REQUIRE(bench.assign({task(1, TaskState::kShutdown)}));  // while its image is being unpacked
  bench.prepare(1);
  CHECK(bench.state(1) == TaskState::kShutdown);
  bench.prepare(2);  // its container is being started now
  bench.agent.take_effects();
  REQUIRE(bench.assign({task(2, TaskState::kShutdown)}));
  CHECK(taken<StopContainer>(bench.agent).size() == 1);
  bench.agent.container_event(kWall, id_of(2), ports::ContainerStarted{1});  // the start crossed the stop
  bench.exit(2, 143);
  CHECK(bench.state(2) == TaskState::kShutdown);
}

TEST_CASE("what a leader does not name in a complete set is removed with all that it owns") {
  Bench bench;
  REQUIRE(bench.assign({task(1), task(2)}));
  bench.run(1);
  bench.prepare(2);
  bench.agent.take_effects();
  bench.open(8);
  REQUIRE(bench.assign({}));
  CHECK(bench.agent.tasks().empty());
  CHECK(taken<StopContainer>(bench.agent).size() == 2);
  bench.exit(1, 143);
  CHECK(taken<RemoveContainer>(bench.agent).size() == 1);
}

TEST_CASE("a set that comes in pieces replaces nothing before its last piece") {
  Bench bench;
  REQUIRE(bench.assign({task(1), task(2)}));
  bench.open(8);
  wire::Assignments piece;
  piece.session = 8;
  piece.sequence = 1;
  piece.complete = true;
  piece.more = true;
  piece.put = {task(2)};
  REQUIRE(bench.agent.assign(kWall, piece));
  CHECK(bench.agent.tasks().size() == 2);
  piece.sequence = 2;
  piece.more = false;
  piece.put = {task(3)};
  REQUIRE(bench.agent.assign(kWall, piece));
  CHECK(bench.agent.tasks().contains(id_of(2)));
  CHECK(bench.agent.tasks().contains(id_of(3)));
  CHECK_FALSE(bench.agent.tasks().contains(id_of(1)));
}

TEST_CASE("a gap in the assignments is noticed, an old session is not heard") {
  Bench bench;
  REQUIRE(bench.assign({task(1)}));
  ++bench.sequence;  // lost
  CHECK_FALSE(bench.assign({task(2)}));
  CHECK_FALSE(bench.agent.is_whole({kSession, 5, false}));
  wire::Assignments old;
  old.session = kSession - 1;
  old.sequence = 1;
  old.complete = true;
  CHECK(bench.agent.assign(kWall, old));
  CHECK(bench.agent.tasks().size() == 1);
}

TEST_CASE("a quick start is one report, and a report is repeated until it is acknowledged") {
  Bench bench;
  REQUIRE(bench.assign({task(1)}));
  CHECK_FALSE(bench.agent.take_report(Instant{0}));  // preparing can wait
  CHECK(bench.agent.report_due() == Instant{0} + kReportDelay);
  bench.run(1);
  const auto report = bench.agent.take_report(Instant{1});
  REQUIRE(report);
  CHECK(report->observations.at(0).status.state == TaskState::kRunning);
  CHECK_FALSE(bench.agent.take_report(Instant{2}));
  bench.agent.session_closed();
  bench.agent.session_opened(9);  // nobody acknowledged
  const auto again = bench.agent.take_report(Instant{3});
  REQUIRE(again);
  bench.agent.acknowledged({9, again->sequence});
  bench.agent.session_closed();
  CHECK_FALSE(bench.agent.take_report(Instant{4}));
}

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

TEST_CASE("what a forgotten container reserves is free when it has ended, not before") {
  const auto reserving = [](uint64_t number) {
    Task one = task(number);
    one.spec.resources.reservations.memory_bytes = 60 << 20;
    return one;
  };
  for (const bool starting : {false, true}) {
    for (const bool asked_to_stop : {false, true}) {
      CAPTURE(starting);
      CAPTURE(asked_to_stop);
      Bench bench(100 << 20);
      REQUIRE(bench.assign({reserving(1)}));
      starting ? bench.prepare(1) : bench.run(1);
      if (asked_to_stop) {
        Task stopped = reserving(1);
        stopped.desired_state = TaskState::kShutdown;
        REQUIRE(bench.assign({stopped}));
      }
      REQUIRE(bench.assign({}, {id_of(1)}));
      CHECK_FALSE(bench.agent.tasks().contains(id_of(1)));
      // A daemon that starts meanwhile finds the record, and with it what is reserved.
      const auto saves = taken<SaveTask>(bench.agent);
      REQUIRE_FALSE(saves.empty());
      REQUIRE(saves.back().record.has_value());
      const auto record = wire::decode<TaskRecord>(*saves.back().record);
      REQUIRE(record.ok());
      CHECK(record->task.desired_state >= TaskState::kShutdown);
      REQUIRE(bench.assign({reserving(2)}));
      CHECK(bench.state(2) == TaskState::kRejected);
      bench.exit(1, 143);
      CHECK_FALSE(taken<SaveTask>(bench.agent).back().record.has_value());
      REQUIRE(bench.assign({reserving(3)}));
      CHECK(bench.state(3) == TaskState::kPreparing);
    }
  }
}

TEST_CASE("a task that is named again while its forgotten container still ends is told by that end") {
  Bench bench;
  REQUIRE(bench.assign({task(1)}));
  bench.run(1);
  REQUIRE(bench.assign({}, {id_of(1)}));
  Task again = task(1);
  again.status.state = TaskState::kRunning;
  REQUIRE(bench.assign({again}));
  CHECK(taken<PrepareTask>(bench.agent).empty());
  bench.exit(1, 143);
  CHECK(bench.state(1) == TaskState::kFailed);
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

TEST_CASE("the image decides what the specification leaves open") {
  Task spec = task(1);
  ports::ImageConfig image;
  image.entrypoint = {"/entry"};
  image.command = {"default"};
  image.env = {"A=image", "B=image", "C=image"};
  image.dir = "/image";
  struct Case {
    const char* name;
    std::vector<std::string> command;
    std::vector<std::string> args;
    std::vector<std::string> expected;
  };
  const Case cases[] = {{"neither", {}, {}, {"/entry", "default"}},
                        {"arguments", {}, {"x"}, {"/entry", "x"}},
                        {"command", {"/bin/sh"}, {}, {"/bin/sh"}},
                        {"both", {"/bin/sh"}, {"-c"}, {"/bin/sh", "-c"}}};
  for (const Case& one : cases) {
    CAPTURE(one.name);
    spec.spec.container.command = one.command;
    spec.spec.container.args = one.args;
    spec.spec.container.env = {"A=spec", "B"};  // without "=" it is taken away
    const auto config = compose_container(spec, image, "/rootfs");
    REQUIRE(config.ok());
    CHECK(config->args == one.expected);
    CHECK(config->dir == "/image");
    CHECK(config->env[1] == "C=image");
    CHECK(config->env[2] == "A=spec");
  }
  spec.spec.container.command.clear();
  spec.spec.container.args.clear();
  CHECK_FALSE(compose_container(spec, {}, "/rootfs").ok());
}

}  // namespace es::agent
