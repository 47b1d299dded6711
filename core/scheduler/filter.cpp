#include "core/scheduler/filter.h"

#include <algorithm>
#include <numeric>

#include "core/base/planted_bug.h"
#include "core/scheduler/platform.h"
#include "core/state/constraint.h"
#include "core/state/reservations.h"

namespace es::scheduler {

namespace {

std::string on_nodes(const char* reason, size_t count) {
  return std::string(reason) + " on " + std::to_string(count) + (count == 1 ? " node" : " nodes");
}

bool is_ready(const Task&, const Candidate& candidate) {
  return candidate.state == NodeState::kReady &&
         (candidate.node->spec.availability == NodeAvailability::kActive ||
          ES_PLANTED(drained_node_gets_tasks));
}
std::string explain_ready(size_t count) {
  return count == 1 ? "1 node not available for new tasks"
                    : std::to_string(count) + " nodes not available for new tasks";
}

bool has_resources(const Task& task, const Candidate& candidate) {
  return state::fits(candidate.offer, candidate.taken, task.spec.resources.reservations);
}
std::string explain_resources(size_t count) { return on_nodes("insufficient resources", count); }

bool meets_constraints(const Task& task, const Candidate& candidate) {
  return state::meets_constraints(task.spec.placement.constraints, *candidate.node);
}
std::string explain_constraints(size_t count) {
  return on_nodes("scheduling constraints not satisfied", count);
}

bool runs_image(const Task& task, const Candidate& candidate) {
  return runs_any(candidate.node->description.platform, task.spec.placement.platforms);
}
std::string explain_platform(size_t count) { return on_nodes("unsupported platform", count); }

bool below_max_replicas(const Task& task, const Candidate& candidate) {
  const uint64_t most = task.spec.placement.max_replicas;
  return most == 0 || candidate.count_of(task.service_id) < most;
}
std::string explain_max_replicas(size_t) { return "max replicas per node limit exceed"; }

}  // namespace

const std::array<Filter, kFilterCount> kFilters = {{
    {is_ready, explain_ready},
    {has_resources, explain_resources},
    {meets_constraints, explain_constraints},
    {runs_image, explain_platform},
    {below_max_replicas, explain_max_replicas},
}};

bool Screening::passes(const Task& task, const Candidate& candidate) {
  for (size_t i = 0; i < kFilterCount; ++i) {
    if (kFilters[i].passes(task, candidate)) continue;
    ++turned_down_[i];
    return false;
  }
  return true;
}

std::string Screening::explanation() const {
  std::array<size_t, kFilterCount> order;
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return turned_down_[a] > turned_down_[b]; });
  std::string text;
  for (const size_t i : order) {
    if (turned_down_[i] == 0) continue;
    if (!text.empty()) text += "; ";
    text += kFilters[i].explain(turned_down_[i]);
  }
  return text;
}

}  // namespace es::scheduler
