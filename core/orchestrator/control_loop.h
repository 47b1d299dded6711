#pragma once
// ControlLoop: desired against observed, once round. It lives as long as one leadership; all that
// it remembers (when it first saw a task, how far an update is) is volatile, and a new leader's
// loop finds its way from the tables alone.
//
// Level-triggered: run() looks at everything and writes what is missing into the draft, so it does
// not matter what changed or how often it is called. Run again without a change of the tables, of
// liveness or of time, it writes nothing. Whoever calls it waits until the writes are applied
// before the next run, and gives the draft to the scheduler afterwards.

#include <memory>

#include "core/base/prng.h"
#include "core/base/time.h"
#include "core/state/draft.h"
#include "core/state/liveness.h"

namespace es::orchestrator {

class ControlLoop {
 public:
  // The seed is for the ids of tasks.
  explicit ControlLoop(uint64_t seed);
  ~ControlLoop();

  // Returns when it must be run again at the latest, if nothing changes before; kNever for never.
  // `wall` is for people only.
  Instant run(state::Draft& draft, const state::Liveness& liveness, Instant now, WallTime wall);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace es::orchestrator
