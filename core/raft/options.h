#pragma once
// What a node is told at start. Ticks are the only time: the owner decides how long one is (100 ms
// in edgeswarm).

#include <cstddef>
#include <cstdint>

#include "core/base/result.h"
#include "core/raft/types.h"

namespace es::raft {

struct Options {
  PeerId id = kNobody;  // never 0
  uint64_t seed = 0;    // of the randomised timeouts; different on every node

  // A follower campaigns after election_ticks..2*election_ticks-1 silent ticks, drawn anew each
  // time (Raft §5.2).
  int election_ticks = 10;
  int heartbeat_ticks = 1;   // below election_ticks
  bool pre_vote = true;      // thesis §9.6
  bool check_quorum = true;  // thesis §6.2: a leader without a quorum steps down, and a voter with
                             // a leader ignores candidates

  // Appends on their way to one peer, unacknowledged.
  size_t max_inflight = 256;
  size_t max_inflight_bytes = 4u << 20;
  size_t max_append_bytes = 256u << 10;  // entries of one message; one entry may always go alone

  size_t snapshot_chunk_bytes = 256u << 10;
  size_t max_snapshot_bytes = 64u << 20;  // a larger one is not accepted from a leader

  // The log since the last compaction stays in memory. At either bound proposals are refused with
  // kLimit.
  size_t max_log_bytes = 32u << 20;
  size_t max_log_entries = 65'536;
  size_t max_entry_bytes = 1u << 20;
  size_t max_apply_bytes =
      1u << 20;  // committed entries in one Output; one entry may always go alone

  // Entries that a snapshot covers and a peer still needs (compact(), and while a snapshot is on
  // its way): in memory, and never more than half of the log's own bounds.
  size_t max_trailing_entries = 16'384;
  size_t max_trailing_bytes = 4u << 20;
  // Different snapshots on their way to peers. Beyond it a peer gets one that another one gets.
  size_t max_snapshots_in_transfer = 2;

  size_t max_pending_reads = 1024;
};

// Errors: kInvalid, naming the option.
Status validate(const Options& options);

}  // namespace es::raft
