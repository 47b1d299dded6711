#pragma once
// SnapshotTransfer: a snapshot on its way to one peer, one chunk at a time. It keeps the snapshot
// alive although the leader compacts meanwhile, and it believes what the peer says it has: any
// offset, also a smaller one after the peer's restart.

#include <cstdint>
#include <memory>

#include "core/raft/round_trip.h"
#include "core/raft/types.h"

namespace es::raft {

class SnapshotTransfer {
 public:
  // `arrived_bytes` are there already.
  void start(std::shared_ptr<const Snapshot> snapshot, uint64_t arrived_bytes,
             uint64_t max_chunk_bytes);
  // Lets the snapshot go. What was learned about the link stays.
  void end() { snapshot_.reset(); }

  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  Index index() const { return snapshot_ ? snapshot_->meta.index : 0; }
  uint64_t size_bytes() const { return snapshot_->data.size(); }

  // The chunk that the peer needs next; it leaves now.
  struct Chunk {
    uint64_t offset_bytes;
    uint64_t count_bytes;
    bool done;
  };
  Chunk next_chunk(int64_t now_ticks);
  // The peer has `arrived_bytes`. True if that covers the chunk on its way, so that the next one
  // may leave. Less may be an old answer, which a timeout tells apart. Pre: arrived_bytes <=
  // size_bytes().
  bool answered(uint64_t arrived_bytes, int64_t now_ticks);
  // The chunk on its way had its time, or its connection broke.
  bool is_overdue(int64_t now_ticks) const;
  // Goes on from `arrived_bytes`, with smaller chunks and more patience.
  void resume(uint64_t arrived_bytes);
  void connection_lost() { connection_lost_ = true; }
  int64_t sent_tick() const { return sent_tick_; }

 private:
  uint64_t smallest_chunk_bytes() const;

  std::shared_ptr<const Snapshot> snapshot_;
  uint64_t max_chunk_bytes_ = 0;
  uint64_t chunk_bytes_ = 0;
  uint64_t offset_bytes_ = 0;  // of the chunk on its way, and
  uint64_t end_bytes_ = 0;     // just behind it
  int64_t sent_tick_ = 0;
  int64_t first_sent_tick_ = 0;  // the first time with this offset
  bool sent_again_ = false;
  bool connection_lost_ = false;
  RoundTrip round_trip_;
};

}  // namespace es::raft
