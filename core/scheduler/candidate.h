#pragma once
// Candidate: a node with what the scheduler has to know of it, kept up to date while one run places
// tasks.

#include <cstdint>
#include <map>
#include <vector>

#include "core/model/node.h"
#include "core/model/resources.h"
#include "core/state/draft.h"
#include "core/state/liveness.h"

namespace es::scheduler {

struct Candidate {
  state::Ref<Node> node;
  NodeState state = NodeState::kUnknown;
  Resources offer;
  Resources taken;                               // by tasks that hold their reservation
  uint64_t task_count = 0;                       // of tasks that shall run
  std::map<ServiceId, uint64_t> service_counts;  // the same, by service

  uint64_t count_of(ServiceId service) const {
    const auto it = service_counts.find(service);
    return it == service_counts.end() ? 0 : it->second;
  }
  // A task of the draft is on this node.
  void account(const Task& task);
};

// Every node that runs tasks, in the order in which they joined: where all else is equal, the
// oldest member is chosen.
std::vector<Candidate> candidates(const state::Draft& draft, const state::Liveness& liveness);

}  // namespace es::scheduler
