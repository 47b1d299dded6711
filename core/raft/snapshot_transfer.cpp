#include "core/raft/snapshot_transfer.h"

#include <algorithm>

namespace es::raft {
namespace {

// Chunks stop to grow when one takes this long: a lost one should not cost more.
constexpr int64_t kSlowChunkTicks = 10;

}  // namespace

void SnapshotTransfer::start(std::shared_ptr<const Snapshot> snapshot, uint64_t arrived_bytes,
                             uint64_t max_chunk_bytes) {
  snapshot_ = std::move(snapshot);
  max_chunk_bytes_ = max_chunk_bytes;
  chunk_bytes_ = smallest_chunk_bytes();
  offset_bytes_ = std::min(arrived_bytes, size_bytes());
  end_bytes_ = offset_bytes_;
  sent_again_ = false;
  connection_lost_ = false;
}

uint64_t SnapshotTransfer::smallest_chunk_bytes() const {
  return std::min(max_chunk_bytes_, RoundTrip::kSmallChunkBytes);
}

SnapshotTransfer::Chunk SnapshotTransfer::next_chunk(int64_t now_ticks) {
  const uint64_t count = std::min(chunk_bytes_, size_bytes() - offset_bytes_);
  end_bytes_ = offset_bytes_ + count;
  sent_tick_ = now_ticks;
  if (!sent_again_) first_sent_tick_ = now_ticks;
  connection_lost_ = false;
  return {offset_bytes_, count, end_bytes_ == size_bytes()};
}

bool SnapshotTransfer::answered(uint64_t arrived_bytes, int64_t now_ticks) {
  if (arrived_bytes < end_bytes_ || arrived_bytes == offset_bytes_) return false;
  if (arrived_bytes == end_bytes_) {
    const int64_t ticks = now_ticks - first_sent_tick_;
    round_trip_.measured(ticks, end_bytes_ - offset_bytes_);
    if (ticks < kSlowChunkTicks) chunk_bytes_ = std::min(chunk_bytes_ * 2, max_chunk_bytes_);
  }
  offset_bytes_ = arrived_bytes;
  end_bytes_ = arrived_bytes;
  sent_again_ = false;
  return true;
}

bool SnapshotTransfer::is_overdue(int64_t now_ticks) const {
  if (connection_lost_) return true;
  return now_ticks - sent_tick_ >= round_trip_.timeout_ticks(end_bytes_ - offset_bytes_);
}

void SnapshotTransfer::resume(uint64_t arrived_bytes) {
  if (!connection_lost_) {
    round_trip_.expired();
    chunk_bytes_ = std::max(chunk_bytes_ / 2, smallest_chunk_bytes());
  }
  sent_again_ = arrived_bytes == offset_bytes_;
  offset_bytes_ = arrived_bytes;
}

}  // namespace es::raft
