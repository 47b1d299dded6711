#pragma once
// Storm: one seed's story. A cluster forms, users change it, boards lose power and links break; then everything heals and the cluster has to
// come to rest in what its users asked for.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"

namespace es::sim {

// What of a seed's story is played.
struct StormPlan {
  uint64_t seed = 1;
  std::optional<std::vector<size_t>> faults;  // by number; nothing: all
  std::optional<Duration> load_time;          // clients act for so long; nothing: to the storm's end
  size_t trace_lines = 0;                     // so many of the last ones are kept for people
};

struct StormResult {
  uint64_t trace_hash = 0;
  uint64_t steps = 0;     // events that nodes worked on
  std::string violation;  // empty: everything held
  Duration virtual_time;
  std::vector<std::string> faults;  // all that the seed drew
  Duration load_time;               // how long clients acted
  std::deque<std::string> trace;
};

StormResult run_storm(const StormPlan& plan);

}  // namespace es::sim
