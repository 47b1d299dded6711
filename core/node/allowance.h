#pragma once
// Allowance: how often each node may make the leader do what costs it more than the node: `burst` times at once, and once more each `pause`
// after that. A bucket of tokens, kept as one instant a node (ITU-T I.371, "generic cell rate algorithm").

#include <algorithm>
#include <map>

#include "core/base/id.h"
#include "core/base/time.h"

namespace es::node {

class Allowance {
 public:
  // burst >= 1.
  Allowance(int burst, Duration pause) : pause_(pause), slack_(pause * (burst - 1)) {}

  // When the node may again; in the past: now.
  Instant next(NodeId node) const {
    const auto known = spent_until_.find(node);
    return known == spent_until_.end() ? Instant{0} : known->second - slack_;
  }
  // False when it may not.
  bool take(Instant now, NodeId node) {
    if (now < next(node)) return false;
    Instant& until = spent_until_[node];
    until = std::max(until, now) + pause_;
    return true;
  }
  void forget(NodeId node) { spent_until_.erase(node); }

 private:
  Duration pause_;
  Duration slack_;
  std::map<NodeId, Instant> spent_until_;  // of nodes in the tables
};

}  // namespace es::node
