#pragma once
// LocalHealth: Lifeguard's local health multiplier (§IV-A). A node that misses answers which others
// get should doubt itself first: it probes less often and waits longer, so that a slow node does
// not accuse the healthy.

#include <algorithm>
#include <cstdint>

#include "core/base/time.h"

namespace es::gossip {

class LocalHealth {
 public:
  static constexpr uint32_t kMaxScore = 4;  // five times slower at worst

  void better() { score_ -= score_ > 0 ? 1 : 0; }
  void worse(uint32_t by) { score_ = std::min(kMaxScore, score_ + std::min(kMaxScore, by)); }

  uint32_t score() const { return score_; }  // 0: healthy
  Duration stretched(Duration base) const { return base * (int64_t{score_} + 1); }

 private:
  uint32_t score_ = 0;
};

}  // namespace es::gossip
