#pragma once
// WriteQueue: a node's way to its store. Writes leave in the order in which they were added, a few at a time; what is added
// while the disk is busy waits here and is joined into larger batches, so the store is never asked to take more than it can
// and a slow card costs time, not writes.
//
// The store may still refuse a write for want of room (Errc::kLimit: nothing of it was written). Such a write, and all that
// left after it, is sent again in order. Any other error is final for the write and goes to its owner.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/node/step.h"

namespace es::node {

// One write is on its way to the medium while the next stands ready: the store never waits for the loop.
constexpr size_t kWritesUnderWay = 2;
// Batches are joined up to this size, so that one transaction stays small.
constexpr size_t kJoinedWriteBytes = 1u << 20;
constexpr Duration kWriteRetry = milliseconds(50);

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
  // Hands over what may leave.
  void advance(Step& step);
  // The store has answered the write `id`; those it has not seen are ignored.
  std::vector<Done> done(Instant now, uint64_t id, const Status& status);

  Instant next_deadline() const { return waiting_.empty() ? kNever : retry_at_; }
  // A snapshot is not yet durable: its owner makes no further one, which bounds what waits here to raft's log and it.
  bool holds_snapshot() const;
  size_t waiting() const { return waiting_.size(); }

 private:
  struct Write {
    ports::Batch batch;
    std::vector<uint64_t> raft_batches;
    size_t bytes = 0;
    uint64_t id = 0;  // 0: not handed over
    std::optional<Status> answer;
  };

  static bool joins(const Write& last, const ports::Batch& next, size_t next_bytes);
  void retry(Instant now);

  std::deque<Write> waiting_;
  std::deque<Write> under_way_;  // a copy of each is kept until the store has answered
  uint64_t last_id_ = 0;
  Instant retry_at_ = kNever;
};

}  // namespace es::node
