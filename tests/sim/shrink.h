#pragma once
// Shrink: the shortest story that a failing seed can be made to tell: fewer faults and less load,
// while the same kind of violation comes out.

#include "tests/sim/storm.h"

namespace es::sim {

// Two violations are of one kind when they have the same words, numbers and names aside.
bool same_kind(const std::string& a, const std::string& b);

// Pre: the plan failed with `failed`. Plays at most `runs_max` storms.
StormPlan shrink(StormPlan plan, const StormResult& failed, int runs_max);

}  // namespace es::sim
