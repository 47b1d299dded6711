// Membership changes, one server at a time. Thesis §4.

#include "core/base/planted_bug.h"
#include "core/raft/raft.h"
#include "core/wire/codec.h"

namespace es::raft {

Result<Index> Raft::propose_change(const Change& change) {
  ES_CHECK(check_leading());
  // Thesis §4.1: majorities of neighbouring configurations overlap only if the older one is
  // settled.
  if (change_pending())
    return Error{Errc::kPrecondition, "raft: another membership change is under way"};
  // Without this a change that an old leader left behind could meet one made here (Ongaro, "bug in
  // single-server membership changes", raft-dev 2015).
  if (log_.term(commit_) != hard_.term && !ES_PLANTED(change_before_commit_of_the_term)) {
    return Error{Errc::kPrecondition,
                 "raft: the leader has not committed an entry of its term yet"};
  }
  ES_TRY(const Configuration next, changed(config(), change));
  append_own(EntryType::kConfig, wire::encode(next));
  broadcast_append();
  return log_.last_index();
}

// Thesis §4.1: a server uses the newest configuration in its log, committed or not.
void Raft::use_appended_config(const Entry& entry) {
  if (entry.type != EntryType::kConfig) return;
  configs_.append(entry.index, decode_configuration(entry.data).value());
  if (leading() != nullptr) track_members();
}

void Raft::track_members() {
  const auto track = [&](PeerId peer) {
    if (peer == options_.id) return;
    const Index next = log_.last_index() + 1;
    const auto [known, is_new] = leading()->peers.try_emplace(
        peer, Progress(next, options_.max_inflight, options_.max_inflight_bytes));
    if (!is_new) return;
    // It has until the next check of the quorum to answer.
    known->second.recent_active = true;
    known->second.heard_tick = now_ticks_;
  };
  for (const PeerId voter : config().voters) track(voter);
  for (const PeerId learner : config().learners) track(learner);
}

// The change is committed. Members that left were still sent the log until now, so that they know;
// a leader that is no voter any more steps down only here, as nobody else could commit its own
// removal (thesis §4.2.2).
void Raft::finish_change() {
  if (change_pending()) return;
  Leading* lead = leading();
  std::erase_if(lead->peers, [&](const auto& peer) { return !is_member(config(), peer.first); });
  if (!is_voter(config(), lead->transferee)) lead->transferee = kNobody;
  if (!is_voter(config(), options_.id)) return become_follower(hard_.term, kNobody);
  // A read may have waited for those that left. An only voter sends no heartbeat whose answer would release it.
  confirm_reads();
}

}  // namespace es::raft
