#pragma once
// Reconciling one service: which tasks there should be against which there are. One function a
// mode.

#include "core/orchestrator/restart.h"
#include "core/orchestrator/round.h"
#include "core/orchestrator/updater.h"

namespace es::orchestrator {

// Slots from 1; the lowest free one is filled first.
void reconcile_replicated(Round& round, Restarts& restarts, Updates& updates, ServiceId id);

// One task on every node that satisfies the constraints and is neither drained nor down. Paused
// nodes are left as they are.
void reconcile_global(Round& round, Restarts& restarts, Updates& updates, ServiceId id);

// Slots from 0; each completes once.
void reconcile_replicated_job(Round& round, Restarts& restarts, ServiceId id);

// Completes once on every node that was there when it began.
void reconcile_global_job(Round& round, Restarts& restarts, ServiceId id);

}  // namespace es::orchestrator
