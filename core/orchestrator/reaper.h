#pragma once
// The reaper: deletes tasks that nobody needs any more.

#include "core/orchestrator/round.h"

namespace es::orchestrator {

// Tasks of services that are gone are to be removed; tasks to be stopped that never had a node have
// stopped; tasks to be removed that have ended are deleted; of the ended tasks of a slot the oldest
// are deleted until no more than the history's limit are left, the one at work included.
void reap(Round& round);

}  // namespace es::orchestrator
