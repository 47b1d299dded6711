#include "core/node/history.h"

#include <algorithm>

namespace es::node {

void History::follow(const state::Tables& tables, bool anew) {
  if (anew) steps_.clear();
  if (tables.history() == 0) return;
  if (steps_.size() == kHistoryLength) steps_.pop_front();
  steps_.emplace_back(tables.index(), tables.history());
}

History::Finding History::compare(uint64_t index, uint64_t history) const {
  if (steps_.empty() || history == 0 || index < steps_.front().first) return Finding::kUnknown;
  if (index > steps_.back().first) return Finding::kNotYet;
  const auto at = std::lower_bound(steps_.begin(), steps_.end(), std::pair{index, uint64_t{0}});
  // A manager that changed nothing at this index went another way too.
  return *at == std::pair{index, history} ? Finding::kEqual : Finding::kDiffers;
}

}  // namespace es::node
