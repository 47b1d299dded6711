#pragma once
// Speed: how much faster than the clock on the wall the simulator is, for a cluster as people have
// it: three managers, five agents, services that run, one that fails, a write now and then.

#include <cstdint>
#include <memory>

#include "core/base/time.h"

namespace es::sim {

// Plays so much virtual time. The cost is the caller's to measure; forming the cluster is not in it.
class Speed {
 public:
  Speed();
  ~Speed();
  // Events that were worked on.
  uint64_t play(Duration time);

 private:
  struct Scene;
  std::unique_ptr<Scene> scene_;
};

}  // namespace es::sim
