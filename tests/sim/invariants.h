#pragma once
// Invariants: what must hold in every state of every run. Raft's properties are checked over what all managers ever had committed and who
// ever led; the cluster's over the tables and the containers.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/state/tables.h"
#include "tests/sim/board.h"

namespace es::sim {

class Invariants {
 public:
  void check(const std::vector<std::unique_ptr<Board>>& boards);
  const std::string& violation() const { return violation_; }

 private:
  void check_raft(const Board& board);
  void check_state(const Board& board);
  void check_reservations(const Board& board);
  void broken(std::string what);

  std::map<uint64_t, NodeId> leader_of_term_;             // Election Safety
  std::map<uint64_t, std::pair<uint64_t, uint64_t>> committed_;  // index -> (term, hash): State Machine Safety
  struct Seen {
    uint64_t term = 0;
    uint64_t last_index = 0;
    bool led = false;
  };
  std::map<NodeId, Seen> seen_;           // Leader Append-Only
  std::map<NodeId, uint64_t> checked_up_to_;  // committed entries of a node that were compared already
  std::map<TaskId, TaskState> observed_;      // states never go back
  uint64_t newest_term_ = 0;
  std::string violation_;
};

}  // namespace es::sim
