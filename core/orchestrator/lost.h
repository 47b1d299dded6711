#pragma once
// LostTasks: tasks whose node will not report on them any more become orphaned, so that something
// can be done about them.

#include <map>

#include "core/orchestrator/round.h"

namespace es::orchestrator {

// A node that is down for so long is not expected back (Swarm: defaultNodeDownPeriod).
constexpr Duration kNodeDownPatience = hours(24);

class LostTasks {
 public:
  void orphan(Round& round);

 private:
  std::map<NodeId, Instant> down_since_;  // this leader's own observation
};

}  // namespace es::orchestrator
