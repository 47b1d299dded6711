#include "tests/sim/raft_disk.h"

#include "core/base/assert.h"

namespace es::sim {

RaftDisk::RaftDisk(const raft::Restored& initial)
    : hard_state_(initial.hard_state), snapshot_(initial.snapshot) {
  for (const raft::Entry& entry : initial.entries) entries_.emplace(entry.index, entry);
}

uint64_t RaftDisk::complete_one() {
  ES_ASSERT(busy());
  const raft::Persist batch = std::move(waiting_.front());
  waiting_.pop_front();
  const bool only_entries = !batch.hard_state && !batch.snapshot && batch.truncate_from == 0;
  if (lies_ && only_entries) {
    lied_.push_back(batch);
    return batch.id;
  }
  confess();
  apply(batch);
  return batch.id;
}

uint64_t RaftDisk::fail(size_t done) {
  ES_ASSERT(busy());
  const uint64_t id = waiting_.front().id;
  crash(done);
  return id;
}

void RaftDisk::crash(size_t done) {
  confess();
  for (; done > 0 && busy(); --done) {
    apply(waiting_.front());
    waiting_.pop_front();
  }
  waiting_.clear();
}

void RaftDisk::crash_as_liar() {
  lied_.clear();
  waiting_.clear();
}

void RaftDisk::confess() {
  for (const raft::Persist& batch : lied_) apply(batch);
  lied_.clear();
}

void RaftDisk::check_monotone(const raft::HardState& next) {
  const bool term_falls = next.term < hard_state_.term;
  const bool vote_changes = next.term == hard_state_.term && hard_state_.vote != raft::kNobody &&
                            next.vote != hard_state_.vote;
  if (term_falls) violation_ = "the durable term goes back";
  if (vote_changes) violation_ = "the durable vote of a term changes";
}

void RaftDisk::apply(const raft::Persist& batch) {
  if (batch.hard_state) {
    check_monotone(*batch.hard_state);
    hard_state_ = *batch.hard_state;
  }
  if (batch.truncate_from != 0) erase_from(batch.truncate_from);
  for (const raft::Entry& entry : batch.entries) {
    entries_.insert_or_assign(entry.index, entry);
    rotten_.erase(entry.index);
  }
  if (batch.snapshot) {
    snapshot_ = *batch.snapshot;
    const raft::Index after = snapshot_.meta.index + 1;
    entries_.erase(entries_.begin(), entries_.lower_bound(after));
    rotten_.erase(rotten_.begin(), rotten_.lower_bound(after));
  }
}

void RaftDisk::erase_from(raft::Index index) {
  entries_.erase(entries_.lower_bound(index), entries_.end());
  rotten_.erase(rotten_.lower_bound(index), rotten_.end());
}

bool RaftDisk::corrupt(raft::Index index) {
  confess();
  if (entries_.count(index) == 0) return false;
  rotten_.insert(index);
  return true;
}

raft::Restored RaftDisk::read() {
  raft::Restored restored;
  restored.hard_state = hard_state_;
  restored.snapshot = snapshot_;
  for (const auto& [index, entry] : entries_) {
    if (rotten_.count(index) != 0) {
      restored.lost_index =
          entries_.rbegin()->first;  // the store keeps the bounds of its log apart from the entries
      restored.lost_term = forgets_lost_term_ ? 0 : entries_.rbegin()->second.term;
      break;
    }
    restored.entries.push_back(entry);
  }
  return restored;
}

}  // namespace es::sim
