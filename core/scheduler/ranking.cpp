#include "core/scheduler/ranking.h"

#include <algorithm>
#include <string>

#include "core/base/assert.h"
#include "core/state/constraint.h"

namespace es::scheduler {

namespace {

// Keeps of `among` the nodes of the least loaded value at one level, and of `passing` those that
// are in it.
void keep_branch(const std::string& descriptor, ServiceId service,
                 const std::vector<Candidate>& all, std::vector<size_t>& among,
                 std::vector<size_t>& passing) {
  std::map<std::string, uint64_t> load;  // by label value; a missing label is the value ""
  const auto value_of = [&](size_t i) { return state::label_of(*all[i].node, descriptor); };
  for (const size_t i : among) load[value_of(i)] += all[i].count_of(service);
  const auto lightest = std::min_element(passing.begin(), passing.end(), [&](size_t a, size_t b) {
    const std::string value_a = value_of(a);
    const std::string value_b = value_of(b);
    return std::tie(load[value_a], value_a) < std::tie(load[value_b], value_b);
  });
  const std::string chosen = value_of(*lightest);
  const auto elsewhere = [&](size_t i) { return value_of(i) != chosen; };
  std::erase_if(among, elsewhere);
  std::erase_if(passing, elsewhere);
}

}  // namespace

size_t best(const Task& task, const std::vector<Candidate>& all, const std::vector<size_t>& passing,
            const Failures& failures) {
  ES_ASSERT(!passing.empty());
  std::vector<size_t> among(all.size());
  for (size_t i = 0; i < all.size(); ++i) among[i] = i;
  std::vector<size_t> branch = passing;
  for (const PlacementPreference& preference : task.spec.placement.preferences) {
    keep_branch(preference.spread.descriptor, task.service_id, all, among, branch);
  }
  const auto rank = [&](size_t i) {
    const size_t failed = failures.count(task.service_id, task.spec_version, all[i].node->id);
    return std::tuple{failed < kTooManyFailures ? 0 : failed, all[i].count_of(task.service_id),
                      all[i].task_count, i};
  };
  return *std::min_element(branch.begin(), branch.end(),
                           [&](size_t a, size_t b) { return rank(a) < rank(b); });
}

}  // namespace es::scheduler
