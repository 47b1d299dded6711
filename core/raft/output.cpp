// What leaves a Raft, and when. See the two rules at the top of raft.h.

#include "core/base/assert.h"
#include "core/base/planted_bug.h"
#include "core/raft/raft.h"

namespace es::raft {
namespace {

// Replies that wait for a slow disk. The oldest is dropped beyond it: any message may be lost.
constexpr size_t kMaxOutbox = 16'384;

}  // namespace

void Raft::send(PeerId to, Body body, After after) {
  send_in_term(hard_.term, to, std::move(body), after);
}

void Raft::send_in_term(Term term, PeerId to, Body body, After after) {
  if (outbox_.size() == kMaxOutbox) outbox_.pop_front();
  // The writes complete in order, so whatever is in the log now is durable when the newest write
  // is.
  const uint64_t newest = has_unsaved() ? last_batch_ + 1 : last_batch_;
  uint64_t after_batch = after == After::kLog ? newest : hard_state_batch_;
  if (ES_PLANTED(vote_before_sync) && std::holds_alternative<VoteReply>(body)) after_batch = 0;
  if (ES_PLANTED(append_acknowledged_before_sync) && std::holds_alternative<AppendReply>(body)) {
    after_batch = 0;
  }
  outbox_.push_back({after_batch, Message{options_.id, to, term, std::move(body)}});
}

void Raft::hard_state_changed() {
  hard_state_unsaved_ = true;
  hard_state_batch_ = last_batch_ + 1;
}

bool Raft::has_unsaved() const {
  return !failed_ && (hard_state_unsaved_ || snapshot_unsaved_ || log_.has_unsaved());
}

bool Raft::has_output() const {
  if (has_unsaved() || restore_ || applied_ < commit_ || !read_results_.empty()) return true;
  if (!lost_.empty() || !rivals_.empty() || diverged_ != 0 || healed_) return true;
  if (reported_ != Standing{role(), hard_.term, leader()}) return true;
  for (const Held& held : outbox_) {
    if (held.after_batch <= persisted_) return true;
  }
  return false;
}

Persist Raft::take_batch() {
  Persist persist;
  persist.id = ++last_batch_;
  if (hard_state_unsaved_) persist.hard_state = hard_;
  Log::Unsaved unsaved = log_.take_unsaved();
  persist.truncate_from = unsaved.truncate_from;
  persist.entries = std::move(unsaved.entries);
  if (snapshot_unsaved_) persist.snapshot = *snapshot_;
  hard_state_unsaved_ = false;
  snapshot_unsaved_ = false;
  batches_.push_back({persist.id, log_.last_index(), log_.last_term()});
  return persist;
}

Output Raft::take_output() {
  Output output;
  if (has_unsaved()) output.persist = take_batch();
  std::deque<Held> waiting;
  for (Held& held : outbox_) {
    if (held.after_batch <= persisted_)
      output.messages.push_back(std::move(held.message));
    else
      waiting.push_back(std::move(held));
  }
  outbox_ = std::move(waiting);
  output.restore = std::exchange(restore_, std::nullopt);
  output.committed = log_.slice(applied_ + 1, commit_, options_.max_apply_bytes);
  applied_ += output.committed.size();
  output.reads = std::exchange(read_results_, {});
  const Standing standing{role(), hard_.term, leader()};
  if (standing != reported_) output.standing = standing;
  reported_ = standing;
  output.lost = std::exchange(lost_, {});
  output.rivals = std::exchange(rivals_, {});
  output.diverged = std::exchange(diverged_, 0);
  output.healed = std::exchange(healed_, false);
  return output;
}

void Raft::persisted(uint64_t id) {
  if (failed_) return;
  ES_ASSERT(!batches_.empty() && batches_.front().id == id);
  const Batch batch = batches_.front();
  batches_.pop_front();
  persisted_ = id;
  log_.mark_durable(batch.last_index, batch.last_term);
  const Campaigning* campaign = campaigning();
  if (campaign != nullptr && !campaign->pre && hard_state_batch_ <= id)
    count_vote(options_.id, true);
  if (leading() != nullptr) advance_commit();
}

// After a failed fsync the kernel may have dropped the pages and call the next one a success; what
// is on the disk is unknown.
void Raft::persist_failed(uint64_t id) {
  if (failed_) return;
  ES_ASSERT(!batches_.empty() && batches_.front().id == id);
  become_follower(hard_.term, kNobody);
  failed_ = true;
  batches_.clear();
  outbox_.clear();
}

}  // namespace es::raft
