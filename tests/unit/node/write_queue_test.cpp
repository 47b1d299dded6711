// The way of a node's writes to its store: order, joining, bounds, and a store that has no room.

#include "core/node/write_queue.h"

#include <doctest.h>

#include <algorithm>

#include "tests/unit/node/lone_manager.h"

namespace es::node {

namespace {

const Error kFull{Errc::kLimit, "the store's queue is full"};

ports::Batch entry(uint64_t index, size_t bytes = 10) {
  ports::Batch batch;
  batch.entries.push_back({index, 1, 0, std::string(bytes, 'x')});
  return batch;
}

struct Bench {
  std::vector<Persist> advance() {
    Effects out;
    Step step{now, {}, {}, prng, out, {}};
    queue.advance(step);
    std::vector<Persist> persists;
    for (Effect& effect : out.list) persists.push_back(std::move(std::get<Persist>(effect)));
    return persists;
  }
  // Raft's batches that the answer settles.
  std::vector<uint64_t> done(uint64_t id, const Status& status = {}) {
    std::vector<uint64_t> settled;
    for (const WriteQueue::Done& one : queue.done(now, id, status)) {
      settled.insert(settled.end(), one.raft_batches.begin(), one.raft_batches.end());
    }
    return settled;
  }

  Prng prng{1};
  Instant now{0};
  WriteQueue queue;
};

using Numbers = std::vector<uint64_t>;

}  // namespace

TEST_CASE("writes leave in order, two at a time, and what waits is joined") {
  Bench bench;
  for (uint64_t index = 1; index <= 5; ++index) {
    bench.queue.add(entry(index), index);
    if (index > 2) continue;
    REQUIRE(bench.advance().size() == 1);
  }
  CHECK(bench.advance().empty());
  CHECK(bench.queue.waiting() == 1);
  CHECK(bench.done(1) == Numbers{1});
  const auto joined = bench.advance();
  REQUIRE(joined.size() == 1);
  CHECK(joined[0].batch.entries.size() == 3);
  CHECK(bench.done(2) == Numbers{2});
  CHECK(bench.done(3) == Numbers{3, 4, 5});
  CHECK(bench.queue.waiting_bytes() == 0);
}

TEST_CASE("what a batch does first is not joined behind what another does later") {
  const auto with = [](auto change) {
    ports::Batch batch;
    change(batch);
    return batch;
  };
  const ports::Batch alone[] = {
      with([](ports::Batch& batch) { batch.reset_log = true; }),
      with([](ports::Batch& batch) { batch.truncate_from = 3; }),
      with([](ports::Batch& batch) { batch.compact_to = 3; }),
      with([](ports::Batch& batch) { batch.snapshot = ports::StoredSnapshot{}; })};
  for (const ports::Batch& one : alone) {
    Bench bench;
    bench.queue.add(entry(1));
    bench.queue.add(one);
    CHECK(bench.queue.waiting() == 2);
  }
  Bench bench;
  bench.queue.add(alone[2]);
  bench.queue.add(entry(4));
  CHECK(bench.queue.waiting() == 2);
}

TEST_CASE("a write that the store had no room for is written again, and all after it, in order") {
  for (const bool answered_first : {false, true}) {
    CAPTURE(answered_first);
    Bench bench;
    bench.queue.add(entry(1), 1);
    REQUIRE(bench.advance().size() == 1);
    bench.queue.add(entry(2), 2);
    REQUIRE(bench.advance().size() == 1);
    bench.queue.add(entry(3), 3);
    // The refusal of the second may come before the end of the first.
    if (answered_first) CHECK(bench.done(1) == Numbers{1});
    CHECK(bench.done(2, kFull) == Numbers{});
    if (!answered_first) CHECK(bench.done(1) == Numbers{1});
    CHECK(bench.advance().empty());
    CHECK(bench.queue.next_deadline() == bench.now + kWriteRetry);
    bench.now = bench.now + kWriteRetry;
    const auto again = bench.advance();
    REQUIRE(again.size() == 2);
    CHECK(again[0].batch.entries.at(0).index == 2);
    CHECK(again[1].batch.entries.at(0).index == 3);
    CHECK(bench.done(again[0].id) == Numbers{2});
    CHECK(bench.done(again[1].id) == Numbers{3});
    CHECK(bench.queue.counters().retried == 1);
    CHECK(bench.queue.waiting_bytes() == 0);
  }
}

TEST_CASE("a store that takes one write at a time is given one, once it has refused the second twice") {
  Bench bench;
  Numbers settled;
  constexpr uint64_t kCount = 100;
  for (uint64_t index = 1; index <= kCount; ++index) {
    ports::Batch batch = entry(index);
    batch.truncate_from = index;  // joins nothing
    bench.queue.add(std::move(batch), index);
  }
  for (int turn = 0; turn < 500 && settled.size() < kCount; ++turn) {
    const auto persists = bench.advance();
    if (persists.empty()) bench.now = bench.queue.next_deadline();
    for (size_t i = 0; i < persists.size(); ++i) {
      for (const uint64_t batch : bench.done(persists[i].id, i == 0 ? Status() : kFull)) settled.push_back(batch);
    }
  }
  REQUIRE(settled.size() == kCount);
  CHECK(std::is_sorted(settled.begin(), settled.end()));
  CHECK(bench.queue.counters().retried == 2);
  // What comes when all is written finds two places again.
  for (const uint64_t index : {kCount + 1, kCount + 2}) {
    bench.queue.add(entry(index), index);
    CHECK(bench.advance().size() == 1);
  }
}

TEST_CASE("a write that went through although one before it did not is repeated behind that one") {
  Bench bench;
  bench.queue.add(entry(1), 1);
  bench.advance();
  bench.queue.add(entry(2), 2);
  bench.advance();
  CHECK(bench.done(1, kFull) == Numbers{});
  CHECK(bench.done(2) == Numbers{});
  bench.now = bench.now + kWriteRetry;
  const auto again = bench.advance();
  REQUIRE(again.size() == 2);
  CHECK(again[0].batch.truncate_from == 1);
  CHECK(again[1].batch.truncate_from == 2);
}

TEST_CASE("too much that waits says so, and two writes under way never fill a store's queue") {
  Bench bench;
  bench.queue.add(entry(1, kWriteBytesUnderWay));
  bench.queue.add(entry(2, kWriteBytesUnderWay));
  CHECK(bench.queue.is_full());
  CHECK(bench.advance().size() == 1);
  CHECK(bench.queue.is_full());
  bench.done(1);
  CHECK(bench.advance().size() == 1);
  CHECK_FALSE(bench.queue.is_full());
  for (uint64_t index = 3; !bench.queue.is_full(); ++index) {
    ports::Batch batch;
    batch.truncate_from = index;  // joins nothing
    bench.queue.add(std::move(batch));
  }
  CHECK(bench.queue.waiting() == kWritesWaitingMax);
}

TEST_CASE("a manager outlives a store that has no room, in whatever order it hears of it") {
  for (const bool refusal_overtakes : {false, true}) {
    CAPTURE(refusal_overtakes);
    LoneManager manager;
    manager.settle();
    REQUIRE(manager.node->leads());
    manager.create_service("a");
    REQUIRE(manager.writes.size() == 1);
    const uint64_t one = manager.take_write();
    if (refusal_overtakes) {
      const raft::Message vote{7, 1, manager.node->replica()->raft().term() + 5,
                               raft::Vote{1000, 1, true}};
      manager.hear(vote);
      REQUIRE(manager.writes.size() == 1);
      manager.step(Persisted{manager.take_write(), kFull});
      manager.step(Persisted{one, {}});
    } else {
      manager.step(Persisted{one, kFull});
    }
    manager.run(seconds(60));
    CHECK_FALSE(manager.node->replica()->raft().has_failed());
    CHECK(manager.node->leads());
    CHECK(manager.answers == 1);
    manager.create_service("b");
    manager.run(seconds(1));
    CHECK(manager.answers == 2);
    CHECK(manager.node->tables()->service_by_name("b") != nullptr);
  }
}

TEST_CASE("while too much waits for the disk, commands wait too and none is refused or lost") {
  LoneManager manager;
  manager.settle();
  constexpr int kCount = 20;
  for (int i = 0; i < kCount; ++i) manager.create_service("s" + std::to_string(i), 300'000);
  size_t most = 0;
  for (int turn = 0; turn < 5'000 && manager.answers < kCount; ++turn) {
    most = std::max(most, manager.node->writes().waiting_bytes());
    manager.write_one();
  }
  CHECK(manager.answers == kCount);
  CHECK(manager.refusals == 0);
  CHECK(most <= kWriteBytesWaitingMax + (8u << 20));
  for (int i = 0; i < kCount; ++i) {
    CHECK(manager.node->tables()->service_by_name("s" + std::to_string(i)) != nullptr);
  }
}

}  // namespace es::node
