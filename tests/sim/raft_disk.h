#pragma once
// RaftDisk: the storage of one raft under test. It keeps Persist's promises and loses everything
// that was not promised: writes wait in order until they complete, a crash drops the waiting ones,
// rot stays until it is read.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>

#include "core/raft/output.h"
#include "core/raft/raft.h"

namespace es::sim {

class RaftDisk {
 public:
  RaftDisk() = default;
  // What is on the disk before the story begins.
  explicit RaftDisk(const raft::Restored& initial);

  void submit(raft::Persist batch) { waiting_.push_back(std::move(batch)); }
  bool busy() const { return !waiting_.empty(); }
  // The oldest write becomes durable; its id. Pre: busy().
  uint64_t complete_one();
  // The oldest write's id; it and all others are gone. Pre: busy().
  uint64_t fail();
  void crash() { waiting_.clear(); }

  // False if there is no such entry on the disk.
  bool corrupt(raft::Index index);
  // An entry that rot took and nothing has noticed yet.
  bool has_rot() const { return !rotten_.empty(); }
  // What a starting node reads: rot ends the readable log.
  raft::Restored read();

 private:
  void apply(const raft::Persist& batch);
  void erase_from(raft::Index index);

  std::deque<raft::Persist> waiting_;
  raft::HardState hard_state_;
  raft::Snapshot snapshot_;
  std::map<raft::Index, raft::Entry> entries_;
  std::set<raft::Index> rotten_;
};

}  // namespace es::sim
