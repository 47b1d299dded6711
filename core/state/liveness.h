#pragma once
// Liveness: what the leader believes of the nodes, from gossip and sessions. It is an input of the
// control loop and never in the log (DESIGN D3).

#include <map>

#include "core/base/id.h"
#include "core/model/node.h"

namespace es::state {

class Liveness {
 public:
  // A node that nobody has spoken of is unknown: a new leader replaces nothing before it has heard.
  NodeState of(NodeId node) const {
    const auto it = states_.find(node);
    return it == states_.end() ? NodeState::kUnknown : it->second;
  }
  void set(NodeId node, NodeState state) { states_[node] = state; }
  void forget(NodeId node) { states_.erase(node); }

 private:
  std::map<NodeId, NodeState> states_;
};

}  // namespace es::state
