#pragma once
// Ranking: which of the nodes that pass is the best for a task.

#include <vector>

#include "core/model/task.h"
#include "core/scheduler/candidate.h"
#include "core/scheduler/failures.h"

namespace es::scheduler {

// The best of `passing` (indexes into `all`, not empty). First the preferences: at each level the
// label value whose nodes, those that do not pass included, have the fewest tasks of the service.
// Then, among the nodes of that branch: fewest recent failures once there are too many, fewest
// tasks of the service, fewest tasks, longest member.
size_t best(const Task& task, const std::vector<Candidate>& all, const std::vector<size_t>& passing,
            const Failures& failures);

}  // namespace es::scheduler
