// AppendEntries on the follower's side. Raft §5.3, figure 2 "Receiver implementation".

#include <algorithm>

#include "core/base/planted_bug.h"
#include "core/raft/raft.h"

namespace es::raft {

void Raft::on(const Message& message, const Append& append) {
  if (!hear_from_leader(message)) return;
  if (contradicts_committed(append.prev_index, append.prev_term)) return;
  for (const Entry& entry : append.entries) {
    if (contradicts_committed(entry.index, entry.term)) return;
  }
  // An old message is answered by how far the logs are known to agree.
  if (append.prev_index < commit_) {
    return send(message.from, AppendReply{.index = commit_}, After::kLog);
  }
  if (!log_.matches(append.prev_index, append.prev_term)) {
    const Index hint = log_.agree_at_most(append.prev_index, append.prev_term);
    return send(message.from, AppendReply{.reject = true,
                                          .index = append.prev_index,
                                          .hint_index = hint,
                                          .hint_term = log_.term(hint).value_or(0),
                                          .healing = is_healing()});
  }
  const Index matched = take_entries(append);
  commit_to(std::min(append.commit, matched));
  heal_if_whole(matched);
  send(message.from, AppendReply{.index = matched}, After::kLog);
}

// The leader's own bound keeps its log below this; twice as much leaves room for one that did not
// compact as often.
bool Raft::has_room_for(const Entry& entry) const {
  // Raft §5.4.2: nothing before the first entry of a leader's term commits without it, so nothing would ever make room for it. The first
  // entries of earlier terms stand before it.
  if (entry.term > log_.last_term()) return true;
  return log_.count() < 2 * options_.max_log_entries &&
         log_.bytes() + size_bytes(entry) <=
             2 * (options_.max_log_bytes + options_.max_entry_bytes);
}

// Figure 2, steps 3 and 4: only a real conflict truncates. An old message that says less than the
// log holds takes nothing away. Returns how far the log agrees with the leader's now. A log at its
// bound takes less than was sent: then what was known to be there commits, can be compacted, and
// makes room.
Index Raft::take_entries(const Append& append) {
  for (const Entry& entry : append.entries) {
    if (log_.matches(entry.index, entry.term)) continue;
    if (entry.index <= log_.last_index()) {
      ES_ASSERT(entry.index > commit_);  // on() answered what is committed
      log_.truncate(entry.index);
      if (!ES_PLANTED(configuration_not_rolled_back)) configs_.truncate(entry.index);
    }
    if (!has_room_for(entry)) return entry.index - 1;
    use_appended_config(entry);
    log_.append(entry);
  }
  return append.prev_index + append.entries.size();
}

void Raft::commit_to(Index index) {
  commit_ = std::max(commit_, index);
  if (incoming_ && incoming_->meta.index <= commit_) incoming_.reset();  // not needed any more
}

// Entries lost to rot are back when the log agrees with a leader's up to the last one it ever held,
// or up to an entry of a later term than that one's: all that ever counted on this node's copy was
// committed in terms up to the lost one, so a leader of a later term holds it (Raft §5.4.3), and
// this node took no part in electing that leader without its entries.
void Raft::heal_if_whole(Index matched) {
  if (!is_healing()) return;
  if (matched < hard_.lost_index && *log_.term(matched) <= hard_.lost_term) return;
  hard_.lost_index = 0;
  hard_.lost_term = 0;
  hard_.vote_kept = false;
  healed_ = true;
  hard_state_changed();  // in this batch or a later one than the entries, never before them
}

}  // namespace es::raft
