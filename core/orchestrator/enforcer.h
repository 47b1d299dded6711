#pragma once
// The constraint enforcer: a node whose labels or resources changed may have tasks that would not
// be placed there any more.

#include "core/orchestrator/round.h"

namespace es::orchestrator {

// Rejects them on active nodes; what follows is a restart elsewhere. The oldest keep their
// reservations.
void enforce_constraints(Round& round);

}  // namespace es::orchestrator
