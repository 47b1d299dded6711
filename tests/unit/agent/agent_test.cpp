// A task's life on its node, without a node.

#include "core/agent/container.h"
#include "core/wire/codec.h"
#include "tests/unit/agent/bench.h"

namespace es::agent {

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
