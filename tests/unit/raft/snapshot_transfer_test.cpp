// A snapshot on its way: it goes on from what the peer says it has, waits as long as the link
// needs, and ends although the leader compacts.

#include "core/raft/snapshot_transfer.h"

#include <deque>

#include "core/raft/raft.h"
#include "doctest/doctest.h"

using namespace es::raft;

namespace {

std::shared_ptr<const Snapshot> snapshot_of(size_t bytes) {
  return std::make_shared<const Snapshot>(
      Snapshot{{5, 1, {{1, 2, 3}, {}}}, std::string(bytes, 's')});
}

// Three nodes; node 3 was away while the others wrote and compacted. What goes to it and is large
// passes a link of `bytes_per_tick`, everything else arrives at once.
class SlowLink {
 public:
  SlowLink(size_t bytes_per_tick, Options options) : bytes_per_tick_(bytes_per_tick) {
    Restored first;
    first.snapshot.meta.config.voters = {1, 2, 3};
    for (const PeerId id : {1, 2, 3}) {
      options.id = id;
      options.seed = id;
      nodes_.push_back(std::move(Raft::start(options, first)).value());
    }
    at(1).campaign();
    settle(1);
    deliver();
    REQUIRE(at(1).role() == Role::kLeader);
  }

  Raft& at(PeerId id) { return nodes_[id - 1]; }
  void write(int count) {
    for (int i = 0; i < count; ++i) {
      REQUIRE(at(1).propose("w").ok());
      settle(1);
      deliver();
    }
  }
  void compact(size_t bytes) {
    const Index index = at(1).applied_index();
    REQUIRE(at(1).compact(index, std::string(bytes, 's')).ok());
    settle(1);
    deliver();
  }
  void connect() { cut_ = false; }
  void lose_what_is_on_the_way() { bulk_.clear(); }
  void tick() {
    for (const PeerId id : {1, 2, 3}) {
      at(id).tick();
      settle(id);
    }
    deliver();
    credit_ += bytes_per_tick_;
    while (!bulk_.empty() && chunk_bytes(bulk_.front()) <= credit_) {
      credit_ -= chunk_bytes(bulk_.front());
      const Message message = bulk_.front();
      bulk_.pop_front();
      at(3).step(message);
      settle(3);
      deliver();
    }
    if (bulk_.empty()) credit_ = 0;
  }
  size_t sent_bytes() const { return sent_bytes_; }
  size_t chunks() const { return chunks_; }
  Index installed() { return at(3).snapshot().index; }

 private:
  static size_t chunk_bytes(const Message& message) {
    return std::get<SnapshotChunk>(message.body).data.size();
  }
  void settle(PeerId id) {
    while (at(id).has_output()) {
      Output output = at(id).take_output();
      if (output.persist) at(id).persisted(output.persist->id);
      for (Message& message : output.messages) carry(std::move(message));
    }
  }
  void carry(Message message) {
    if (cut_ && (message.to == 3 || message.from == 3)) return;
    if (!std::holds_alternative<SnapshotChunk>(message.body))
      return wire_.push_back(std::move(message));
    sent_bytes_ += chunk_bytes(message);
    ++chunks_;
    bulk_.push_back(std::move(message));
  }
  void deliver() {
    while (!wire_.empty()) {
      const Message message = wire_.front();
      wire_.pop_front();
      at(message.to).step(message);
      settle(message.to);
    }
  }

  size_t bytes_per_tick_;
  size_t credit_ = 0;
  std::vector<Raft> nodes_;
  std::deque<Message> wire_;
  std::deque<Message> bulk_;
  bool cut_ = true;
  size_t sent_bytes_ = 0;
  size_t chunks_ = 0;
};

Options with_election_ticks(int ticks) {
  Options options;
  options.election_ticks = ticks;
  return options;
}

}  // namespace

TEST_CASE("the timeout follows the measured round trip, doubles, and is bounded") {
  RoundTrip link;
  CHECK(link.timeout_ticks(100) == 1);
  link.expired();
  CHECK(link.timeout_ticks(100) == 2);
  link.measured(10, 100);
  CHECK(link.timeout_ticks(100) == 30);  // RFC 6298 §2.2: R + 4 * R/2
  CHECK(link.timeout_ticks(400) == 88);  // four times the bytes: in proportion, with room
  for (int i = 0; i < 40; ++i) link.measured(10, 100);
  CHECK(link.timeout_ticks(100) >= 15);
  CHECK(link.timeout_ticks(100) <= 20);
  const int64_t before = link.timeout_ticks(100);
  link.expired();
  CHECK(link.timeout_ticks(100) == 2 * before);
  for (int i = 0; i < 100; ++i) link.expired();
  CHECK(link.timeout_ticks(100) == RoundTrip::kMaxTicks);
  link.measured(10, 100);
  CHECK(link.timeout_ticks(100) < 25);
  RoundTrip fast;
  fast.measured(0, 100);
  CHECK(fast.timeout_ticks(100) == 1);
}

TEST_CASE("chunks grow on a fast link and shrink when they are lost") {
  SnapshotTransfer transfer;
  transfer.start(snapshot_of(1u << 20), 0, 256u << 10);
  size_t chunks = 0;
  uint64_t arrived = 0;
  uint64_t largest = 0;
  for (bool done = false; !done; ++chunks) {
    const auto chunk = transfer.next_chunk(1);
    CHECK(chunk.offset_bytes == arrived);
    arrived += chunk.count_bytes;
    largest = std::max(largest, chunk.count_bytes);
    done = chunk.done;
    if (!done) CHECK(transfer.answered(arrived, 1));
  }
  CHECK(arrived == 1u << 20);
  CHECK(largest == 256u << 10);
  CHECK(chunks <= 8);

  transfer.start(snapshot_of(1u << 20), 500'000, 256u << 10);
  CHECK(transfer.next_chunk(5).offset_bytes == 500'000);
  CHECK_FALSE(transfer.is_overdue(5));
  CHECK(transfer.is_overdue(6));
  CHECK_FALSE(transfer.answered(500'000, 6));  // says no more than was known
  transfer.resume(100);
  const auto again = transfer.next_chunk(6);
  CHECK(again.offset_bytes == 100);
  CHECK(transfer.answered(700'000, 6));  // it had more all the time
  CHECK(transfer.next_chunk(6).offset_bytes == 700'000);
  transfer.connection_lost();
  CHECK(transfer.is_overdue(6));
}

TEST_CASE("a snapshot costs its bytes on a clean link, slow or fast") {
  struct Case {
    size_t kbit_s;
    size_t bytes;
  };
  for (const Case& one : {Case{100'000, 2u << 20}, Case{20'000, 2u << 20}, Case{5'000, 2u << 20},
                          Case{2'000, 2u << 20}, Case{1'000, 1u << 20}, Case{500, 600u << 10}}) {
    CAPTURE(one.kbit_s);
    SlowLink link(one.kbit_s * 1000 / 8 / 10, with_election_ticks(5));
    link.write(20);
    link.compact(one.bytes);
    link.connect();
    int ticks = 0;
    for (; ticks < 1'000 && link.installed() == 0; ++ticks) link.tick();
    CHECK(link.installed() != 0);
    const size_t needed_ticks = one.bytes * 80 / 1000 / one.kbit_s;
    CHECK(static_cast<size_t>(ticks) <= needed_ticks * 5 / 4 + 20);
    CHECK(link.sent_bytes() <= one.bytes * 11 / 10);
    MESSAGE(one.kbit_s << " kbit/s: " << ticks << " ticks (" << needed_ticks << " needed), "
                       << link.sent_bytes() << " of " << one.bytes << " bytes");
  }
}

TEST_CASE("a transfer ends although the leader compacts, and appends follow it") {
  Options options = with_election_ticks(10);
  options.snapshot_chunk_bytes = 1000;
  SlowLink link(500, options);
  link.write(20);
  link.compact(10'000);
  link.connect();
  int compactions = 0;
  for (int tick = 1; tick < 200; ++tick) {
    link.tick();
    if (tick % 12 != 0 || tick > 100) continue;
    link.write(3);
    link.compact(10'000);
    ++compactions;
  }
  CHECK(compactions == 8);
  CHECK(link.installed() == 21);       // the first one; the log trailed for what came after it
  CHECK(link.sent_bytes() <= 12'000);  // the first chunk is sent again before the link is known
  CHECK(link.at(3).commit_index() == link.at(1).commit_index());
}

TEST_CASE("what trails is bounded: then another snapshot follows") {
  Options options = with_election_ticks(10);
  options.snapshot_chunk_bytes = 1000;
  options.max_trailing_entries = 5;
  SlowLink link(500, options);
  link.write(20);
  link.compact(10'000);
  link.connect();
  for (int tick = 0; tick < 5; ++tick) link.tick();
  link.write(10);
  link.compact(10'000);
  CHECK(link.at(1).log().count() == 5);
  for (int tick = 0; tick < 100; ++tick) link.tick();
  CHECK(link.installed() == 31);
  CHECK(link.at(3).commit_index() == link.at(1).commit_index());
}

TEST_CASE("a broken connection costs what was on the way, not what had arrived") {
  SlowLink link(25'000, with_election_ticks(5));
  link.write(20);
  link.compact(2u << 20);
  link.connect();
  for (int tick = 0; tick < 200 && link.installed() == 0; ++tick) {
    if (tick == 30 || tick == 60) {
      link.lose_what_is_on_the_way();
      link.at(1).peer_lost(3);
    }
    link.tick();
  }
  CHECK(link.installed() != 0);
  CHECK(link.sent_bytes() <= (2u << 20) + 2 * (256u << 10) + (128u << 10));
}

TEST_CASE("a compaction can leave a tail for those who are a little behind") {
  Options options = with_election_ticks(10);
  SlowLink link(1000, options);
  link.write(20);
  Raft& leader = link.at(1);
  REQUIRE(leader.compact(21, "state", 30).ok());
  CHECK(leader.snapshot().index == 21);
  CHECK(leader.log().base_index() == 0);
  CHECK(leader.compact(21, "state", 0).ok());  // without effect
  CHECK(leader.compact(0, "state").error().code == es::Errc::kInvalid);
  link.connect();
  for (int tick = 0; tick < 3; ++tick) link.tick();
  CHECK(link.installed() == 0);
  CHECK(link.chunks() == 0);
  CHECK(link.at(3).commit_index() == 21);
}
