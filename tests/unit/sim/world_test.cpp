// The simulator's own parts: what a crash leaves on a disk, and what a network does with messages.

#include <doctest.h>

#include <string>
#include <vector>

#include "tests/sim/disk.h"
#include "tests/sim/network.h"

namespace es::sim {

namespace {

ports::Batch fact(const std::string& name) {
  ports::Batch batch;
  batch.facts[name] = "x";
  return batch;
}

struct Wire {
  Schedule schedule;
  Network network{schedule, 1, {}};
  std::vector<int> arrived;
  std::vector<std::pair<size_t, size_t>> broken;

  Wire() {
    network.on_break([this](size_t at, size_t peer, ports::Channel) { broken.emplace_back(at, peer); });
    network.listen(0);
    network.listen(1);
  }
  Status send(int what, size_t size_bytes = 10) {
    return network.send(0, 1, ports::Channel::kControl, size_bytes, [this, what] { arrived.push_back(what); });
  }
  void run(Duration time) { schedule.run_until(schedule.now() + time); }
};

}  // namespace

TEST_CASE("a crash keeps a first part of the writes under way and tells nobody") {
  Schedule schedule;
  Disk disk(schedule, milliseconds(5));
  int told = 0;
  for (const char* name : {"a", "b", "c"}) disk.write(fact(name), [&](const Status&) { ++told; });
  schedule.run_until(Instant{milliseconds(6).ns});
  CHECK(told == 1);
  disk.crash(1);
  schedule.run_until(Instant{seconds(1).ns});
  CHECK(told == 1);
  CHECK(disk.content().facts.size() == 2);
  CHECK_FALSE(disk.content().facts.contains("c"));
}

TEST_CASE("a daemon can die at each write, before or after it is durable") {
  for (const bool durable : {false, true}) {
    Schedule schedule;
    Disk disk(schedule, milliseconds(1));
    int told = 0;
    bool died = false;
    disk.die_at(2, durable, [&] {
      died = true;
      disk.crash(0);
    });
    for (const char* name : {"a", "b", "c"}) disk.write(fact(name), [&](const Status&) { ++told; });
    schedule.run_until(Instant{seconds(1).ns});
    CHECK(died);
    CHECK(told == 1);
    CHECK(disk.content().facts.size() == (durable ? 2 : 1));
  }
}

TEST_CASE("a disk that refused a write refuses all until it is reopened and works again") {
  Schedule schedule;
  Disk disk(schedule, milliseconds(1));
  std::vector<bool> told;
  const auto write = [&] {
    disk.write(fact("a"), [&](const Status& status) { told.push_back(status.ok()); });
    schedule.run_until(schedule.now() + milliseconds(5));
  };
  disk.set_refusing(true);
  write();
  disk.set_refusing(false);
  write();
  CHECK(told == std::vector{false, false});
  bool reopened = false;
  disk.reopen([&](const Result<ports::Loaded>& loaded) { reopened = loaded.ok(); });
  write();
  CHECK(reopened);
  CHECK(told.back());
}

TEST_CASE("a full queue refuses in the order of the calls") {
  Schedule schedule;
  Disk disk(schedule, milliseconds(1), 2);
  std::vector<std::string> told;
  for (const char* name : {"a", "b", "c"}) {
    disk.write(fact(name), [&told, name](const Status& status) {
      told.push_back(std::string(name) + (status.ok() ? "" : " refused"));
    });
  }
  schedule.run_until(Instant{seconds(1).ns});
  CHECK(told == std::vector<std::string>{"a", "b", "c refused"});
}

TEST_CASE("rot ends the readable log and is told until the log was truncated") {
  Schedule schedule;
  Disk disk(schedule, milliseconds(1));
  ports::Batch batch;
  for (uint64_t i = 1; i <= 5; ++i) batch.entries.push_back({i, 2, 0, "x"});
  disk.write_now(batch);
  REQUIRE(disk.rot(3));
  CHECK(disk.load().value().entries.size() == 3);
  CHECK(disk.load().value().lost == ports::LostEntries{5, 2});
  ports::Batch truncation;
  truncation.truncate_from = 4;
  disk.write_now(truncation);
  CHECK_FALSE(disk.load().value().lost.has_value());
}

TEST_CASE("a term that goes back and a vote that changes are seen on the disk") {
  Schedule schedule;
  for (const auto& [term, vote] : {std::pair{4, 1}, std::pair{5, 2}}) {
    Disk disk(schedule, milliseconds(1));
    ports::Batch batch;
    batch.hard_state = ports::StoredHardState{5, 1};
    disk.write_now(batch);
    CHECK(disk.violation().empty());
    batch.hard_state = ports::StoredHardState{static_cast<uint64_t>(term), static_cast<uint64_t>(vote)};
    disk.write_now(batch);
    CHECK_FALSE(disk.violation().empty());
  }
}

TEST_CASE("what is cut waits in its order, and is lost with the connection after a while") {
  Wire wire;
  REQUIRE(wire.send(1).ok());
  wire.run(milliseconds(10));
  wire.network.cut(0, 1);
  REQUIRE(wire.send(2).ok());
  REQUIRE(wire.send(3).ok());
  wire.run(seconds(1));
  CHECK(wire.arrived == std::vector{1});
  wire.network.mend(0, 1);
  wire.run(seconds(4));
  CHECK(wire.arrived == std::vector{1, 2, 3});
  CHECK(wire.broken.empty());
  wire.network.cut(0, 1);
  REQUIRE(wire.send(4).ok());
  wire.run(seconds(4));
  CHECK(wire.arrived.size() == 3);
  CHECK(wire.broken.size() == 2);  // each end hears of it
}

TEST_CASE("what was cut is not overtaken by what was sent after it and is on its way still") {
  Wire wire;
  REQUIRE(wire.send(1).ok());
  wire.run(milliseconds(10));
  wire.network.slow(0, 1, milliseconds(500));
  REQUIRE(wire.send(2).ok());
  wire.run(milliseconds(400));
  REQUIRE(wire.send(3).ok());
  wire.network.cut(0, 1);
  wire.run(milliseconds(200));  // 2 arrives at the cut, 3 is on its way
  wire.network.mend(0, 1);
  wire.run(seconds(4));
  CHECK(wire.arrived == std::vector{1, 2, 3});
}

TEST_CASE("a one-way cut carries the other way until nobody acknowledges") {
  Wire wire;
  REQUIRE(wire.send(1).ok());
  wire.run(milliseconds(10));
  wire.network.cut(1, 0);
  REQUIRE(wire.send(2).ok());
  wire.run(milliseconds(10));
  CHECK(wire.arrived == std::vector{1, 2});
  wire.run(seconds(4));
  CHECK(wire.broken.size() == 2);
}

TEST_CASE("a clogged wire takes its time, and its queue has an end") {
  Wire wire;
  wire.network.clog(0, 1, 1'000'000);
  REQUIRE(wire.send(1, 1'000'000).ok());
  wire.run(milliseconds(900));
  CHECK(wire.arrived.empty());
  wire.run(milliseconds(200));
  CHECK(wire.arrived.size() == 1);
  int taken = 0;
  while (taken < 100 && wire.send(2, 1'000'000).ok()) ++taken;
  CHECK(taken == 8);
}

TEST_CASE("a dead daemon's peers hear of it, a board without power is only silent") {
  Wire killed;
  REQUIRE(killed.send(1).ok());
  killed.run(milliseconds(10));
  killed.network.daemon_died(1);
  killed.run(milliseconds(10));
  CHECK(killed.broken == std::vector<std::pair<size_t, size_t>>{{0, 1}});

  Wire unplugged;
  REQUIRE(unplugged.send(1).ok());
  unplugged.run(milliseconds(10));
  unplugged.network.power_off(1);
  unplugged.run(seconds(10));
  CHECK(unplugged.broken.empty());
  REQUIRE(unplugged.send(2).ok());
  unplugged.run(seconds(4));
  CHECK(unplugged.broken == std::vector<std::pair<size_t, size_t>>{{0, 1}});
  CHECK(unplugged.arrived.size() == 1);
}

}  // namespace es::sim
