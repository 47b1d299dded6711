#pragma once
// Invariants: what must hold after every step of every run. Raft's properties are checked over what
// all managers ever had committed and who ever led; the cluster's over the tables and the
// containers. Each check costs as much as what the step changed.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/state/tables.h"
#include "tests/sim/board.h"

namespace es::sim {

// How long a node may be believed alive, or dead, against the truth while nothing else changes.
constexpr Duration kLivenessBound = seconds(15);

class Invariants {
 public:
  // After `board` has worked on something.
  void check(Board& board);
  // Now and then: what the leader believes of the boards.
  void check_liveness(const std::vector<std::unique_ptr<Board>>& boards, World& world);
  const std::string& violation() const { return violation_; }

 private:
  // A manager's copy of the tables, as far as it was looked at.
  struct Copy {
    const node::Replica* replica = nullptr;
    uint64_t life = 0;
    uint64_t index = 0;
    uint64_t rows = 0;  // the sum of all rows' hashes: equal for equal tables
  };
  struct Seen {
    uint64_t term = 0;
    uint64_t last_index = 0;
    uint64_t last_term = 0;
    uint64_t checked = 0;  // entries up to here were compared
    bool led = false;
  };

  void check_raft(const Board& board);
  void check_log(const Board& board, Seen& seen);
  void check_committed(const Board& board);
  void check_tables(const Board& board, const std::vector<state::Event>& news);
  void check_state(const Board& board, const std::vector<state::Event>& news, bool whole);
  void check_task(const Task& task);
  void check_node(const state::Tables& tables, NodeId id);
  void check_slot(const Board& board, const Task& task);
  void check_reservations(const Board& board);
  void broken(std::string what);

  std::map<uint64_t, NodeId> leader_of_term_;                    // Election Safety
  std::map<uint64_t, std::pair<uint64_t, uint64_t>> committed_;  // index -> (term, hash)
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> entries_;    // (index, term) -> hash: Log Matching
  std::map<NodeId, Seen> seen_;
  std::map<NodeId, uint64_t> checked_up_to_;  // committed entries of a node that were compared
  std::map<size_t, Copy> copies_;             // by board
  std::map<uint64_t, uint64_t> tables_at_;    // index -> hash of the tables there
  std::map<size_t, uint64_t> runtime_changes_;
  std::map<TaskId, TaskState> observed_;      // states never go back
  uint64_t newest_term_ = 0;
  raft::Term leader_term_ = 0;  // of the one leader at the last look; 0: there was none
  Instant leader_since_;
  std::map<const Board*, Instant> without_leader_at_;  // when it was seen so last
  std::string violation_;
};

}  // namespace es::sim
