// The snapshot's file that the durable root names is never touched, however batches that reset the
// log and batches that bring a snapshot are grouped into transactions.

#include <doctest.h>

#include "platform/linux/store/edge_db.h"
#include "tests/unit/linux_store/fixture.h"
#include "tests/unit/linux_store/power_disk.h"

namespace es::store {

namespace {

struct Piece {
  bool reset = false;
  bool snapshot = false;
};
constexpr Piece kPieces[] = {{true, false}, {false, true}, {true, true}};

using Group = std::vector<ports::Batch>;
// What a store must hold after each group; the first one is that of the start.
using Snapshots = std::vector<std::optional<ports::StoredSnapshot>>;

Result<EdgeDb> open_store(ports::Loaded& loaded) {
  ES_TRY(EdgeDb edge, EdgeDb::open("", {"/edge.db", PowerDisk::kVfs, DatabaseOptions().page_bytes, "FULL"}, key(1), loaded));
  ES_CHECK(edge.settle());
  return edge;
}

ports::StoredSnapshot snapshot_at(uint64_t index) {
  return {index, 1, "conf", "the state at " + std::to_string(index)};
}

// `cuts` has a bit for each place between two batches where a transaction ends. Nothing where that
// would put a snapshot before the end of its transaction, which no store is asked for.
std::optional<std::vector<Group>> grouped(const std::vector<Piece>& pieces, unsigned cuts) {
  std::vector<Group> groups(1);
  for (size_t i = 0; i < pieces.size(); ++i) {
    ports::Batch batch;
    batch.reset_log = pieces[i].reset;
    if (pieces[i].snapshot) batch.snapshot = snapshot_at(20 + i);
    batch.facts["number"] = std::to_string(i);
    groups.back().push_back(std::move(batch));
    const bool last = i + 1 == pieces.size();
    const bool ends = last || (cuts >> i & 1) != 0;
    if (pieces[i].snapshot && !ends) return std::nullopt;
    if (ends && !last) groups.emplace_back();
  }
  return groups;
}

// Commits the groups on a disk that holds a first snapshot; the trace begins behind that one.
Snapshots commit_all(PowerDisk& disk, const std::vector<Group>& groups) {
  disk.insert({});
  ports::Loaded loaded;
  auto store = open_store(loaded);
  REQUIRE(store.ok());
  ports::Batch first;
  first.snapshot = snapshot_at(10);
  REQUIRE(store->commit({&first}).ok());
  Snapshots expected{first.snapshot};
  disk.trace.start = disk.disk;
  disk.trace.operations.clear();
  for (size_t number = 1; number <= groups.size(); ++number) {
    std::vector<const ports::Batch*> batches;
    expected.push_back(expected.back());
    for (const ports::Batch& batch : groups[number - 1]) {
      batches.push_back(&batch);
      if (batch.reset_log) expected.back().reset();
      if (batch.snapshot) expected.back() = batch.snapshot;
    }
    disk.mark(Operation::Kind::kBegin, number);
    REQUIRE(store->commit(batches).ok());
    disk.mark(Operation::Kind::kAcknowledged, number);
  }
  return expected;
}

void check_every_cut(PowerDisk& disk, const Snapshots& expected) {
  const Trace trace = disk.trace;
  Prng prng(3);
  for (size_t upto = 0; upto <= trace.operations.size(); ++upto) {
    for (const Cut how : {Cut::kLoseAll, Cut::kKeepAll, Cut::kTorn}) {
      CAPTURE(upto);
      CAPTURE(static_cast<int>(how));
      const Outage outage = trace.cut(upto, how, prng);
      disk.insert(outage.disk);
      ports::Loaded loaded;
      const auto store = open_store(loaded);
      REQUIRE_MESSAGE(store.ok(), store.error().message);
      const bool before = loaded.snapshot == expected[outage.begun > 0 ? outage.begun - 1 : 0];
      const bool after = loaded.snapshot == expected[outage.begun];
      CHECK((after || (before && outage.acknowledged < outage.begun)));
    }
  }
}

}  // namespace

TEST_CASE("a power cut leaves the old snapshot or the new one, however resets are grouped with it") {
  PowerDisk disk;
  int runs = 0;
  for (size_t length = 1; length <= 3; ++length) {
    size_t sequences = 1;
    for (size_t i = 0; i < length; ++i) sequences *= std::size(kPieces);
    for (size_t sequence = 0; sequence < sequences; ++sequence) {
      std::vector<Piece> pieces;
      for (size_t rest = sequence; pieces.size() < length; rest /= std::size(kPieces)) {
        pieces.push_back(kPieces[rest % std::size(kPieces)]);
      }
      for (unsigned cuts = 0; cuts < 1u << (length - 1); ++cuts) {
        const auto groups = grouped(pieces, cuts);
        if (!groups) continue;
        CAPTURE(sequence);
        CAPTURE(cuts);
        check_every_cut(disk, commit_all(disk, *groups));
        ++runs;
      }
    }
  }
  CHECK(runs > 40);
}

}  // namespace es::store
