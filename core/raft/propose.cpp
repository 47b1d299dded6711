// A client's write enters the log. Raft §5.3.

#include "core/raft/raft.h"

namespace es::raft {

Result<Index> Raft::propose(std::string data) {
  ES_CHECK(check_leading());
  if (data.size() > options_.max_entry_bytes) {
    return Error{Errc::kLimit, "raft: an entry of " + std::to_string(data.size()) +
                                   " bytes is above " + std::to_string(options_.max_entry_bytes)};
  }
  if (log_.last_index() >= kMaxIndex)
    return Error{Errc::kLimit, "raft: the log has no more indexes"};
  // Compaction makes room, and that needs commits; an uncommitted flood is stopped here too.
  if (log_.count() >= options_.max_log_entries ||
      log_.bytes() + data.size() > options_.max_log_bytes) {
    return Error{Errc::kLimit, "raft: the log is full until it is compacted"};
  }
  append_own(EntryType::kData, std::move(data));
  broadcast_append();
  return log_.last_index();
}

}  // namespace es::raft
