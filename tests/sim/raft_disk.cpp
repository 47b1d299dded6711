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
  apply(batch);
  return batch.id;
}

uint64_t RaftDisk::fail() {
  ES_ASSERT(busy());
  const uint64_t id = waiting_.front().id;
  waiting_.clear();
  return id;
}

void RaftDisk::apply(const raft::Persist& batch) {
  if (batch.hard_state) hard_state_ = *batch.hard_state;
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
      restored.lost_term = entries_.rbegin()->second.term;
      break;
    }
    restored.entries.push_back(entry);
  }
  return restored;
}

}  // namespace es::sim
