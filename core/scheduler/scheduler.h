#pragma once
// Scheduler: gives pending tasks their nodes, or says why there is none. It lives as long as one
// leadership and remembers only recent failures.
//
// Swarm's placement: of the nodes that pass every filter the one with the fewest tasks of the
// service, then with the fewest tasks. A node on which the service failed five times within five
// minutes comes last. Preferences spread over label values first.

#include "core/base/time.h"
#include "core/scheduler/failures.h"
#include "core/state/draft.h"
#include "core/state/liveness.h"

namespace es::scheduler {

class Scheduler {
 public:
  // Run it on the draft after the control loop. Run again without a change it writes nothing.
  // `wall` is for people only.
  void run(state::Draft& draft, const state::Liveness& liveness, Instant now, WallTime wall);

 private:
  Failures failures_;
};

}  // namespace es::scheduler
