#include "core/raft/options.h"

namespace es::raft {

Status validate(const Options& options) {
  if (options.id == kNobody) return invalid("raft: id 0 means nobody");
  if (options.heartbeat_ticks < 1) return invalid("raft: heartbeat_ticks must be at least 1");
  // Raft §5.6: broadcastTime << electionTimeout.
  if (options.election_ticks <= options.heartbeat_ticks) {
    return invalid("raft: election_ticks must be above heartbeat_ticks");
  }
  if (options.max_inflight == 0 || options.max_inflight_bytes == 0 ||
      options.max_append_bytes == 0 || options.snapshot_chunk_bytes == 0 ||
      options.max_log_entries == 0 || options.max_log_bytes == 0 || options.max_entry_bytes == 0 ||
      options.max_apply_bytes == 0 || options.max_snapshots_in_transfer == 0) {
    return invalid("raft: a bound of 0 would stop replication");
  }
  return {};
}

}  // namespace es::raft
