#pragma once
// The search for an order of one object's operations (linearizability.h).

#include <cstdint>
#include <vector>

#include "tests/judge/linearizability.h"
#include "tests/judge/model.h"

namespace es::judge {

struct Found {
  Finding finding = Finding::kExplained;
  uint64_t states = 0;
  std::vector<size_t> longest;  // the longest order that was tried, as places in the operations
};

Found search(const std::vector<Operation>& operations, uint64_t max_states);

}  // namespace es::judge
