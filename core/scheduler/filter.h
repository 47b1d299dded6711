#pragma once
// Filters: why a node may not run a task. Each is a check and an explanation in Swarm's words; the
// explanations of those that said no become the reason that the user reads beside a pending task.

#include <array>
#include <cstddef>
#include <string>

#include "core/model/task.h"
#include "core/scheduler/candidate.h"

namespace es::scheduler {

struct Filter {
  bool (*passes)(const Task& task, const Candidate& candidate);
  std::string (*explain)(size_t node_count);
};

// In the order in which they are asked: the first that says no is the reason for that node.
constexpr size_t kFilterCount = 5;
extern const std::array<Filter, kFilterCount> kFilters;

// Asks the filters about one task and node after the other, and counts the reasons.
class Screening {
 public:
  bool passes(const Task& task, const Candidate& candidate);

  // "insufficient resources on 4 nodes; scheduling constraints not satisfied on 1 node": most
  // frequent first. Empty when no node was turned down.
  std::string explanation() const;

 private:
  std::array<size_t, kFilterCount> turned_down_{};
};

}  // namespace es::scheduler
