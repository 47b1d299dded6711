// Bits flip at rest. Whatever bit it is: the store says so, or it was a bit that means nothing.
// Never other data.

#include <doctest.h>

#include <algorithm>

#include "platform/linux/store/edge_db.h"
#include "tests/unit/linux_store/fixture.h"
#include "tests/unit/linux_store/power_disk.h"

namespace es::store {

namespace {

Result<EdgeDb> open_store(ports::Loaded& loaded) {
  ES_TRY(EdgeDb edge, EdgeDb::open("", {"/edge.db", PowerDisk::kVfs}, key(1), loaded));
  ES_CHECK(edge.settle());
  return edge;
}

struct Stored {
  Disk disk;
  ports::Loaded loaded;
  ports::Loaded before_last;  // without the last transaction
};

// A store with a bit of everything, whose last transactions are in the write-ahead log alone, or
// all but the very last in the database.
Stored make_store(PowerDisk& power, bool checkpointed = false) {
  power.insert({});
  Stored stored;
  auto store = open_store(stored.loaded);
  REQUIRE(store.ok());
  ports::Batch batch = entries(1, 60, 1, 300);
  for (int i = 0; i < 20; ++i) batch.facts["task/" + std::to_string(i)] = std::string(150, 'f');
  batch.hard_state = {4, 2};
  REQUIRE(store->commit({&batch}).ok());
  ports::Batch snapshot;
  snapshot.snapshot = ports::StoredSnapshot{30, 1, "managers", std::string(100'000, 's')};
  snapshot.compact_to = 20;
  REQUIRE(store->commit({&snapshot}).ok());
  REQUIRE(store->checkpoint().ok());
  for (uint64_t index = 61; index <= 70; ++index) {
    if (checkpointed && index == 70) REQUIRE(store->checkpoint().ok());
    ports::Batch more = entries(index, index, 4, 300);
    more.facts["task/1"] = std::to_string(index);
    REQUIRE(store->commit({&more}).ok());
  }
  stored.disk = power.disk;
  const auto loaded = open_store(stored.loaded);
  REQUIRE(loaded.ok());
  stored.before_last = stored.loaded;
  stored.before_last.entries.pop_back();
  stored.before_last.facts["task/1"] = "69";
  return stored;
}

bool same(const ports::Loaded& a, const ports::Loaded& b) {
  return a.hard_state == b.hard_state && a.snapshot == b.snapshot && a.entries == b.entries &&
         a.facts == b.facts;
}

// Rot that raft can heal: what is there is a beginning of what was written, and the store says up to
// where it went.
bool told(const ports::Loaded& found, const ports::Loaded& was) {
  const ports::StoredEntry& last = was.entries.back();
  if (found.lost != ports::LostEntries{last.index, last.term}) return false;
  if (found.hard_state != was.hard_state || found.facts != was.facts) return false;
  if (!found.snapshot) return found.entries.empty();
  return found.snapshot == was.snapshot && found.entries.size() < was.entries.size() &&
         std::equal(found.entries.begin(), found.entries.end(), was.entries.begin());
}

}  // namespace

struct Flips {
  int found = 0;
  int harmless = 0;
  int last_lost = 0;  // taken for a torn last commit
  int wrong = 0;
};

// The first hundred bytes, a header, bit by bit; then anywhere.
Flips flip_bits(PowerDisk& power, const Stored& stored, const std::string& path) {
  Flips flips;
  Prng prng(3);
  const uint64_t bits = stored.disk.at(path).size() * 8;
  for (uint64_t i = 0; i < 2000; ++i) {
    Disk disk = stored.disk;
    const uint64_t bit = i < 800 ? i : prng.below(bits);
    disk[path][bit / 8] = static_cast<char>(disk[path][bit / 8] ^ (1 << (bit % 8)));
    power.insert(disk);
    ports::Loaded loaded;
    const auto store = open_store(loaded);
    if (!store.ok() || told(loaded, stored.loaded))
      ++flips.found;
    else if (same(loaded, stored.loaded))
      ++flips.harmless;
    else if (same(loaded, stored.before_last))
      ++flips.last_lost;
    else
      ++flips.wrong;
  }
  return flips;
}

TEST_CASE("a flipped bit is found, or it does not matter") {
  PowerDisk power;
  for (const bool checkpointed : {false, true}) {
    const Stored stored = make_store(power, checkpointed);
    for (const char* path : {"/edge.db", "/edge.db-wal", "/snapshot-1"}) {
      const Flips flips = flip_bits(power, stored, path);
      const std::string when = checkpointed ? ", checkpointed" : ", with a log";
      MESSAGE(std::string(path) << when << ": found " << flips.found << ", harmless "
                                << flips.harmless << ", taken for a torn last commit "
                                << flips.last_lost << ", wrong " << flips.wrong);
      CHECK(flips.wrong == 0);
      const std::string file = path;
      if (file != "/edge.db-wal") CHECK(flips.last_lost == 0);
      if (file == "/edge.db-wal" && !checkpointed) CHECK(flips.found > 1800);
      if (file == "/snapshot-1") CHECK(flips.found == 2000);
    }
  }
}

TEST_CASE("control: without the audit, rot in the log takes acknowledged commits along") {
  PowerDisk power;
  const Stored stored = make_store(power);
  Disk disk = stored.disk;
  std::string& log = disk["/edge.db-wal"];
  log[32 + 24 + 4120 * 6] ^= 1;
  power.insert(disk);
  ports::Loaded loaded;
  const auto refused = open_store(loaded);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::kCorrupt);
  MESSAGE(refused.error().message);
  // SQLite by itself believes the log up to there.
  log.resize(32 + 4120 * 6);
  power.insert(disk);
  REQUIRE(open_store(loaded).ok());
  CHECK(loaded.entries.size() < stored.before_last.entries.size());
}

TEST_CASE("a file of another time, and rows that are swapped, removed or added, are found") {
  struct Case {
    const char* name;
    const char* sql;
    size_t entries = 0;  // that are left, where raft can heal the rest
  };
  const Case cases[] = {
      {"an entry removed", "DELETE FROM log WHERE idx=65", 34},
      {"the last entry removed", "DELETE FROM log WHERE idx=70", 39},
      {"two entries swapped",
       "UPDATE log SET data=(SELECT data FROM log l WHERE l.idx=131-log.idx) WHERE idx IN (65,66)",
       34},
      {"an entry of another term", "UPDATE log SET term=9 WHERE idx=65", 34},
      {"a record removed", "DELETE FROM fact WHERE name=CAST('task/3' AS BLOB)"},
      {"a record renamed",
       "UPDATE fact SET name=CAST('task/x' AS BLOB) WHERE name=CAST('task/3' AS BLOB)"},
      {"a record added", "INSERT INTO fact SELECT CAST('y' AS BLOB), data FROM fact LIMIT 1"},
      {"the hard state removed", "DELETE FROM hard_state"},
      {"another mark", "UPDATE hard_state SET mark=zeroblob(24)"},
  };
  PowerDisk power;
  const Stored stored = make_store(power);
  for (const Case& one : cases) {
    CAPTURE(one.name);
    power.insert(stored.disk);
    {
      auto database = Database::open({"/edge.db", PowerDisk::kVfs});
      REQUIRE(database.ok());
      REQUIRE(database->execute(one.sql).ok());
    }
    ports::Loaded loaded;
    const auto store = open_store(loaded);
    if (one.entries > 0) {
      REQUIRE(store.ok());
      CHECK(told(loaded, stored.loaded));
      CHECK(loaded.entries.size() == one.entries);
      CHECK(power.disk.contains("/rot"));
      continue;
    }
    REQUIRE_FALSE(store.ok());
    CHECK(store.error().code == Errc::kCorrupt);
  }
  Disk old = stored.disk;
  old.erase("/snapshot-1");
  power.insert(old);
  ports::Loaded loaded;
  REQUIRE(open_store(loaded).ok());
  CHECK(told(loaded, stored.loaded));
  CHECK_FALSE(loaded.snapshot);
}

TEST_CASE("a loss is told at every start until its owner has recorded it, and the log goes on behind it") {
  PowerDisk power;
  const Stored stored = make_store(power, true);
  for (const bool snapshot_lost : {false, true}) {
    CAPTURE(snapshot_lost);
    power.insert(stored.disk);
    if (snapshot_lost) {
      power.disk["/snapshot-1"][1000] ^= 1;
    } else {
      auto database = Database::open({"/edge.db", PowerDisk::kVfs});
      REQUIRE(database.ok());
      REQUIRE(database->execute("UPDATE log SET data=zeroblob(300) WHERE idx=65").ok());
    }
    ports::Batch fact;  // somebody else's, before the owner of the log has said anything
    fact.facts["other"] = "1";
    for (int start = 0; start < 3; ++start) {
      ports::Loaded loaded;
      auto store = open_store(loaded);
      REQUIRE(store.ok());
      REQUIRE(loaded.lost.has_value());
      CHECK(loaded.lost->index == 70);
      CHECK(loaded.snapshot.has_value() != snapshot_lost);
      REQUIRE(store->commit({&fact}).ok());
    }
    ports::Batch healed;
    healed.hard_state = {5, 0};
    if (snapshot_lost) healed.snapshot = ports::StoredSnapshot{75, 5, "managers", "sent again"};
    else healed.entries = entries(65, 75, 5).entries;
    ports::Loaded loaded;
    {
      auto store = open_store(loaded);
      REQUIRE(store.ok());
      REQUIRE(store->commit({&healed}).ok());
    }
    loaded = {};
    REQUIRE(open_store(loaded).ok());
    CHECK_FALSE(loaded.lost);
    CHECK(loaded.snapshot.has_value());
    CHECK(loaded.entries.size() == (snapshot_lost ? 0 : 45));
  }
}

}  // namespace es::store
