#pragma once
// Suspicion: how long a member that is suspected may still speak up (SWIM §4.2). The more members
// suspect it independently, the shorter; alone, the suspecting node waits long, for the fault may
// be its own (Lifeguard §IV-B).

#include <cstddef>
#include <vector>

#include "core/base/id.h"
#include "core/base/time.h"
#include "core/gossip/options.h"

namespace es::gossip {

class Suspicion {
 public:
  // `live_members` counts this node and the suspect too. An empty reporter is hearsay, and one of nobody.
  Suspicion(const Timing& timing, Instant now, size_t live_members, NodeId reporter);

  // True if `reporter` is new and its word still shortens the timeout: then it is worth passing on.
  bool confirm(NodeId reporter);
  bool reported_by(NodeId reporter) const;

  Instant deadline() const;
  // This node stood still for so long; nobody could have spoken to it.
  void postpone(Duration by) { start_ = start_ + by; }

 private:
  Instant start_;
  Duration min_;
  Duration max_;
  size_t confirmations_wanted_;
  std::vector<NodeId> reporters_;  // distinct, at most 1 + confirmations_wanted_
};

}  // namespace es::gossip
