#pragma once
// Storm: one seed's story. A cluster forms, users change it, boards lose power and links break; then everything heals and the cluster has to
// come to rest in what its users asked for.

#include <cstdint>
#include <string>

namespace es::sim {

struct StormResult {
  uint64_t trace_hash = 0;
  uint64_t steps = 0;     // events that nodes worked on
  std::string violation;  // empty: everything held
};

StormResult run_storm(uint64_t seed);

}  // namespace es::sim
