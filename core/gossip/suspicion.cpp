#include "core/gossip/suspicion.h"

#include <algorithm>
#include <array>
#include <bit>

namespace es::gossip {

namespace {

constexpr size_t kMaxConfirmations = 3;

// log(C+1) / log(K+1) of Lifeguard's formula in thousandths, [K][C]. A table, because libm's
// logarithms differ between machines.
constexpr std::array<std::array<int64_t, kMaxConfirmations + 1>, kMaxConfirmations + 1> kShare = {{
    {1'000, 1'000, 1'000, 1'000},
    {0, 1'000, 1'000, 1'000},
    {0, 631, 1'000, 1'000},
    {0, 500, 792, 1'000},
}};

// K: how many others must agree before the timeout is at its minimum. Neither this node nor the
// suspect can, and one survivor more may be unable to; with only two members nobody can, and
// waiting longer would gain nothing.
size_t confirmations_wanted(size_t live_members) {
  if (live_members <= 2) return 0;
  return std::clamp<size_t>(live_members - 3, 1, kMaxConfirmations);
}

// Rumours need O(log n) rounds to reach everybody (SWIM §4.1), so the time to refute grows with
// them: by an eighth for each doubling beyond eight members.
Duration scaled(Duration base, size_t live_members) {
  const int doublings = std::max(0, static_cast<int>(std::bit_width(live_members)) - 4);
  return base + base * doublings / 8;
}

}  // namespace

Suspicion::Suspicion(const Timing& timing, Instant now, size_t live_members, NodeId reporter)
    : start_(now),
      min_(scaled(timing.suspicion_min, live_members)),
      max_(scaled(timing.suspicion_max, live_members)),
      confirmations_wanted_(confirmations_wanted(live_members)),
      reporters_(reporter.empty() ? 0 : 1, reporter) {}

bool Suspicion::confirm(NodeId reporter) {
  if (reporters_.size() > confirmations_wanted_ || reported_by(reporter)) return false;
  reporters_.push_back(reporter);
  return true;
}

bool Suspicion::reported_by(NodeId reporter) const {
  return std::find(reporters_.begin(), reporters_.end(), reporter) != reporters_.end();
}

Instant Suspicion::deadline() const {
  const int64_t share = kShare[confirmations_wanted_][std::max<size_t>(reporters_.size(), 1) - 1];
  return start_ + (max_ - (max_ - min_) * share / 1'000);
}

}  // namespace es::gossip
