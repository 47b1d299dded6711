#pragma once
// RaftSafety: watches every node after every step and remembers all it has seen. The five
// properties of Raft figure 3 are checked over the whole history, not only over what the nodes hold
// at the moment.

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "core/raft/raft.h"

namespace es::sim {

class RaftSafety {
 public:
  // After every step of a node.
  void observe(const raft::Raft& node);
  // For every entry that a node's state machine is given.
  void applied(raft::PeerId node, const raft::Entry& entry);
  // The first property that was broken, and how; empty if all hold.
  const std::string& violation() const { return violation_; }
  // The highest index known to be committed by anyone, at any time.
  raft::Index committed_index() const {
    return committed_.empty() ? 0 : committed_.rbegin()->first;
  }

 private:
  struct Seen {
    std::map<raft::Index, raft::Term> log;
    raft::Index commit = 0;
    raft::Term leads = 0;  // the term it was leader of when last seen, else 0
  };
  struct Known {
    raft::Term previous_term;
    uint64_t content;
  };
  struct Committed {
    raft::Term term;
    raft::Term committed_in;  // the lowest term of a node that knew
  };
  struct Leader {
    raft::PeerId node;
    raft::Index checked = 0;  // up to here it is known to hold what was committed before its term
  };

  void election_safety(const raft::Raft& node);
  void leader_append_only(const raft::Raft& node, const Seen& seen);
  void log_matching(const raft::Raft& node, Seen& seen);
  void note_commits(const raft::Raft& node, Seen& seen);
  void leader_completeness(const raft::Raft& node);
  void broken(std::string what);

  std::map<raft::PeerId, Seen> nodes_;
  std::map<raft::Term, Leader> leaders_;
  std::map<std::pair<raft::Index, raft::Term>, Known> entries_;
  std::map<raft::Index, Committed> committed_;
  std::map<raft::Index, std::pair<raft::Term, uint64_t>> applied_;
  std::string violation_;
};

}  // namespace es::sim
