#pragma once
// What a leader knows about one peer, and the window that bounds what is on its way to it.
//
//   kProbe      the agreeing index is not known: one append at a time, until a reply tells
//   kReplicate  it is known: appends are pipelined ahead of their replies (thesis §10.2.1), within
//   the window kSnapshot   the log no longer reaches back far enough: a snapshot is on its way,
//   chunk by chunk

#include <cstddef>
#include <cstdint>
#include <deque>

#include "core/raft/snapshot_transfer.h"
#include "core/raft/types.h"

namespace es::raft {

// The appends sent and not acknowledged, oldest first.
class Inflight {
 public:
  Inflight(size_t max_count, size_t max_bytes) : max_count_(max_count), max_bytes_(max_bytes) {}

  bool full() const { return sent_.size() >= max_count_ || bytes_ >= max_bytes_; }
  size_t count() const { return sent_.size(); }
  // Pre: !full(), and last_index above those before it.
  void add(Index last_index, size_t bytes);
  // An acknowledgement of an index covers all before it.
  void acknowledge(Index index);
  void clear();

 private:
  struct Sent {
    Index last_index;
    size_t bytes;
  };
  size_t max_count_;
  size_t max_bytes_;
  size_t bytes_ = 0;
  std::deque<Sent> sent_;
};

enum class ProgressState : uint8_t { kProbe, kReplicate, kSnapshot };

struct Progress {
  Index match = 0;        // highest index known to be durable there; match < next
  Index next = 1;         // the first entry of the next append
  Index sent_commit = 0;  // the highest commit index it was told
  ProgressState state = ProgressState::kProbe;
  bool probe_sent = false;     // kProbe: wait for the reply or for the next heartbeat's
  bool recent_active = false;  // something was heard since the last check of the quorum, or may still be
  bool has_answered = false;   // in this term
  uint64_t read_round = 0;     // the newest round of reads it confirmed
  Inflight inflight;

  int64_t heard_tick = 0;  // of the last answer
  int64_t asked_tick =
      -1;  // of the last heartbeat that asks whether acknowledged entries are there
  Index reported_lost = 0;  // the owner was told that entries up to here were lost

  SnapshotTransfer transfer;  // kSnapshot
  // A part of a snapshot that the peer said it has, of whatever transfer.
  Index partial_index = 0;
  uint64_t partial_bytes = 0;

  Progress(Index next_index, size_t max_inflight, size_t max_inflight_bytes)
      : next(next_index), inflight(max_inflight, max_inflight_bytes) {}

  bool paused() const;
  void become_probe();
  void become_replicate();
  // Goes on from what the peer said it has of this snapshot.
  void become_snapshot(std::shared_ptr<const Snapshot> snapshot, uint64_t max_chunk_bytes);
  // `count` entries of `bytes` left in one append.
  void sent(size_t count, size_t bytes);
  // True if the acknowledgement told something new.
  bool acknowledged(Index index);
  // A probe or append at `prev` did not match, the logs agree at most at `agree`. False for a stale
  // reply.
  bool rejected(Index prev, Index agree);
  // The peer lost entries it had acknowledged: only `last` and below can still be there.
  void forget_above(Index last);
  // The same, where the peer's log may also hold other entries than those it acknowledged.
  void forget(Index last);
};

}  // namespace es::raft
