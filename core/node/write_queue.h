#pragma once
// WriteQueue: a node's way to its store. Writes leave in the order in which they were added, a few at
// a time; what is added while the disk is busy waits here and is joined into larger batches, so the
// store is never asked to take more than it can and a slow card costs time, not writes.
//
// When too much waits, is_full() says so: the leader then makes no new batch, and a follower drops
// appended entries, which the leader sends again. Nothing that is already here is ever refused.
//
// The store may still refuse a write for want of room (Errc::kLimit: nothing of it was written). Such
// a write, and all that left after it, is sent again in order, a moment later. A store that
// refuses again while writes wait is given one at a time until none waits: given two, it would take
// only one in each such moment. Any other error is final for the store: raft is told and writes no
// more, and the records of the node (facts) are owed to the disk until it works again.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/node/step.h"

namespace es::node {

// One write is on its way to the medium while the next stands ready: the store never waits for the
// loop. The next stays here when the two were more than a store's queue takes at once.
constexpr size_t kWritesUnderWay = 2;
constexpr size_t kWriteBytesUnderWay = 8u << 20;
// Batches are joined up to this size, so that one transaction stays small.
constexpr size_t kJoinedWriteBytes = 1u << 20;
// More than either waiting is full. What a node has promised to write already (its votes, one batch
// of its leader, one message of a leader, the records of its tasks) still finds room beyond it.
constexpr size_t kWritesWaitingMax = 256;
constexpr size_t kWriteBytesWaitingMax = 4u << 20;
constexpr Duration kWriteRetry = milliseconds(50);

struct WriteCounters {
  uint64_t retried = 0;    // writes that the store refused for want of room
  uint64_t held_back = 0;  // messages not worked on, for too much was waiting
};

class WriteQueue {
 public:
  // What the store has answered, in the order of the writes. `raft_batches` are durable, or failed with `status`.
  struct Done {
    std::vector<uint64_t> raft_batches;
    Status status;
  };

  // `raft_batch` is raft's number of it; 0: nobody waits for it.
  void add(ports::Batch batch, uint64_t raft_batch = 0);
  // The replica that waited is gone: the writes go on, and nobody is told.
  void forget_raft();
  // The store works again: what is owed to it leaves first.
  void resume();
  bool is_suspended() const { return suspended_; }
  // A fresh log is owed, so what the disk holds of an older one counts no more.
  bool owes_reset() const { return suspended_ && owed_.reset_log; }
  // That fresh log as the disk will give it back. Pre: owes_reset().
  ports::Loaded owed_log() const;
  // Hands over what may leave.
  void advance(Step& step);
  // The store has answered the write `id`; a number that is not under way is ignored.
  std::vector<Done> done(Instant now, uint64_t id, const Status& status);

  Instant next_deadline() const { return waiting_.empty() ? kNever : retry_at_; }
  // A snapshot is not yet durable: its owner makes no further one.
  bool holds_snapshot() const;
  // Since the oldest unanswered write was given to the store; 0 when none is under way.
  Duration unanswered(Instant now) const { return under_way_.empty() ? Duration{} : now - under_way_.front().handed_over; }
  // When unanswered() reaches `patience`.
  Instant overdue_at(Duration patience) const { return under_way_.empty() ? kNever : under_way_.front().handed_over + patience; }
  bool is_full() const {
    return waiting_.size() >= kWritesWaitingMax || waiting_bytes_ >= kWriteBytesWaitingMax;
  }
  void held_back() { ++counters_.held_back; }
  size_t waiting() const { return waiting_.size(); }
  size_t waiting_bytes() const { return waiting_bytes_; }
  const WriteCounters& counters() const { return counters_; }

 private:
  struct Write {
    ports::Batch batch;
    std::vector<uint64_t> raft_batches;
    size_t bytes = 0;
    uint64_t id = 0;  // 0: not handed over
    Instant handed_over;
    std::optional<Status> answer;
  };

  static bool joins(const Write& last, const ports::Batch& next, size_t next_bytes);
  bool fits_under_way(const Write& next) const;
  void retry(Instant now);
  void suspend();
  void owe(ports::Batch& batch);

  std::deque<Write> waiting_;
  size_t waiting_bytes_ = 0;
  std::deque<Write> under_way_;  // a copy of each is kept until the store has answered
  bool suspended_ = false;
  ports::Batch owed_;  // facts, and perhaps a reset with the hard state after it; at most one record a name
  uint64_t last_id_ = 0;
  Instant retry_at_ = kNever;
  uint64_t refusals_ = 0;  // since nothing waited
  WriteCounters counters_;
};

}  // namespace es::node
