// Which way the tables went: the number itself, what a manager remembers of it, and a manager whose tables are not the leader's.

#include <algorithm>

#include "core/node/history.h"
#include "core/node/replica.h"
#include "core/state/draft.h"
#include "core/wire/codec.h"
#include "tests/unit/node/swarm.h"

namespace es::node {

namespace {

using Finding = History::Finding;

state::Change change(uint64_t sequence, int64_t stamped_at = 5) {
  state::Change made;
  made.id = {NodeId{{1, 1}}, sequence};
  made.stamped_at = WallTime{stamped_at};
  return made;
}

uint64_t history_after(const std::vector<std::pair<uint64_t, state::Change>>& changes) {
  state::Tables tables;
  for (const auto& [index, one] : changes) static_cast<void>(tables.apply(index, one));
  return tables.history();
}

}  // namespace

TEST_CASE("the same changes give the same history, any other ones another, and a snapshot keeps it") {
  const uint64_t history = history_after({{1, change(1)}, {2, change(2)}, {4, change(3)}});
  CHECK(history != 0);
  CHECK(history == history_after({{1, change(1)}, {2, change(2)}, {4, change(3)}}));
  CHECK(history != history_after({{1, change(1)}, {2, change(2)}, {3, change(3)}}));
  CHECK(history != history_after({{1, change(1)}, {2, change(2, 6)}, {4, change(3)}}));
  CHECK(history != history_after({{1, change(1)}, {2, change(3)}, {4, change(2)}}));
  state::Tables tables;
  static_cast<void>(tables.apply(1, change(1)));
  state::Tables restored;
  REQUIRE(restored.restore(tables.snapshot()).ok());
  static_cast<void>(tables.apply(2, change(2)));
  static_cast<void>(restored.apply(2, change(2)));
  CHECK(restored.history() == tables.history());
}

TEST_CASE("tables that an older version began have no history, and are compared with nobody's") {
  state::Tables older;
  REQUIRE(older.restore(std::string("\x08\x07", 2)).ok());  // field 1, the index
  CHECK(older.index() == 7);
  static_cast<void>(older.apply(8, change(1)));
  CHECK(older.history() == 0);
  History history;
  history.follow(older);
  CHECK(history.compare(8, 1234) == Finding::kUnknown);
}

TEST_CASE("what a manager says to the leader's note") {
  state::Tables tables;
  History history;
  CHECK(history.compare(1, 5) == Finding::kUnknown);
  std::vector<uint64_t> known;
  for (uint64_t i = 1; i <= 3; ++i) {
    static_cast<void>(tables.apply(2 * i, change(i)));
    history.follow(tables);
    known.push_back(tables.history());
  }
  CHECK(history.compare(2, known[0]) == Finding::kEqual);
  CHECK(history.compare(6, known[2]) == Finding::kEqual);
  CHECK(history.compare(4, known[0]) == Finding::kDiffers);
  CHECK(history.compare(5, known[1]) == Finding::kDiffers);  // it changed nothing there
  CHECK(history.compare(1, 5) == Finding::kUnknown);
  CHECK(history.compare(7, 5) == Finding::kNotYet);
  CHECK(history.compare(4, 0) == Finding::kUnknown);  // of an older version
  for (uint64_t i = 4; i < 4 + kHistoryLength; ++i) {
    static_cast<void>(tables.apply(2 * i, change(i)));
    history.follow(tables);
  }
  CHECK(history.compare(6, known[2]) == Finding::kUnknown);
  history.follow(tables, true);
  CHECK(history.compare(tables.index(), tables.history()) == Finding::kEqual);
  CHECK(history.compare(tables.index() - 2, 5) == Finding::kUnknown);
}

}  // namespace es::node

namespace es::sim {

namespace {

// As after a cut in which two managers led in one term: at the end of this disk's log stands another change of the same index and term.
void write_other_history(Board& board) {
  const ports::Loaded& content = board.disk().content();
  REQUIRE_FALSE(content.entries.empty());
  ports::StoredEntry last = content.entries.back();
  REQUIRE(last.type == static_cast<uint8_t>(raft::EntryType::kData));
  state::Change other;
  other.id = {NodeId{{6, 6}}, 1};
  Service ghost;
  ghost.id = ServiceId{{6, 7}};
  ghost.spec = service("ghost");
  other.actions.emplace_back(std::move(ghost));
  last.data = wire::encode(other);
  ports::Batch batch;
  batch.truncate_from = last.index;
  batch.entries = {last};
  board.disk().write_now(batch);
}

}  // namespace

TEST_CASE("a manager whose tables went another way drops them, and is a voter with the leader's") {
  for (uint64_t seed = 60; seed < 63; ++seed) {
    CAPTURE(seed);
    Cluster cluster({.seed = seed, .network = {}, .sync_time = milliseconds(5)});
    form(cluster, 3, 0);
    REQUIRE(cluster.command(orchestrator::CreateService{service("true")}).ok());
    cluster.run(seconds(3));
    Board& other = *others(cluster, 3).front();
    cluster.kill_daemon(other);
    write_other_history(other);
    cluster.start(other);
    const auto is_healed = [&] {
      const auto* tables = other.node() == nullptr ? nullptr : other.node()->tables();
      return tables != nullptr && tables->service_by_name("true") && !tables->service_by_name("ghost") &&
             !other.node()->replica()->raft().is_healing();
    };
    CHECK(cluster.run_until(seconds(30), is_healed));
    CHECK(cluster.command(orchestrator::CreateService{service("after")}).ok());
    cluster.run(seconds(3));
    CHECK(other.node()->tables()->snapshot() == cluster.tables()->snapshot());
    // Its vote counts: with the third manager gone it is needed.
    for (Board* third : others(cluster, 3)) {
      if (third != &other) cluster.power_off(*third);
    }
    CHECK(cluster.command(orchestrator::CreateService{service("by-two")}).ok());
    // And it stays so after its own restart.
    cluster.kill_daemon(other);
    cluster.start(other);
    CHECK(cluster.run_until(seconds(30), is_healed));
  }
}

}  // namespace es::sim
