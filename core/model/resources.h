#pragma once
// Resources: what a node offers, a task reserves, or a task may use at most. Exact numbers: bytes and nano-CPUs (10^9 = one core).

#include <cstdint>
#include <map>
#include <string>

#include "core/base/fields.h"

namespace es {

struct Resources {
  int64_t cpu_nano = 0;      // 0: none reserved, no limit
  int64_t memory_bytes = 0;  // 0: none reserved, no limit
  int64_t pids = 0;          // limits only; 0: the node's default
  std::map<std::string, int64_t> generic;  // kind -> count

  static constexpr auto fields() {
    return std::tuple{field(1, "NanoCPUs", &Resources::cpu_nano),
                      field(2, "MemoryBytes", &Resources::memory_bytes),
                      field(3, "Pids", &Resources::pids),
                      field(4, "GenericResources", &Resources::generic)};
  }
  bool operator==(const Resources&) const = default;
};

struct ResourceRequirements {
  Resources limits;
  Resources reservations;

  static constexpr auto fields() {
    return std::tuple{field(1, "Limits", &ResourceRequirements::limits),
                      field(2, "Reservations", &ResourceRequirements::reservations)};
  }
  bool operator==(const ResourceRequirements&) const = default;
};

}  // namespace es
