#pragma once
// RaftDisk: the storage of one raft under test. It keeps Persist's promises and loses everything
// that was not promised: writes wait in order until they complete, a crash drops the waiting ones
// or keeps some that nobody was told of, rot stays until it is read. A lying one says of entries
// that they are durable, and loses them with the power.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

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
  // The oldest write's id: it and all others are refused, though the first `done` of them are on
  // the medium. Pre: busy().
  uint64_t fail(size_t done = 0);
  // The power goes while the first `done` waiting writes are on the medium, and nobody was told.
  void crash(size_t done = 0);
  size_t waiting() const { return waiting_.size(); }

  // From now on the completed writes of entries are not on the medium before the next honest write.
  void lie(bool lies) { lies_ = lies; }
  bool has_lied() const { return !lied_.empty(); }
  // The power goes, and all it lied about is gone.
  void crash_as_liar();

  // What Raft must never write: a term or a vote that goes back. Empty: it did not.
  const std::string& violation() const { return violation_; }

  // False if there is no such entry on the disk.
  bool corrupt(raft::Index index);
  // An entry that rot took and nothing has noticed yet.
  bool has_rot() const { return !rotten_.empty(); }
  // The store does not know the term of what rot took.
  void forget_lost_term(bool forgets) { forgets_lost_term_ = forgets; }
  // What a starting node reads: rot ends the readable log.
  raft::Restored read();

 private:
  void apply(const raft::Persist& batch);
  void confess();
  void check_monotone(const raft::HardState& next);
  void erase_from(raft::Index index);

  std::deque<raft::Persist> waiting_;
  std::deque<raft::Persist> lied_;
  bool lies_ = false;
  bool forgets_lost_term_ = false;
  std::string violation_;
  raft::HardState hard_state_;
  raft::Snapshot snapshot_;
  std::map<raft::Index, raft::Entry> entries_;
  std::set<raft::Index> rotten_;
};

}  // namespace es::sim
