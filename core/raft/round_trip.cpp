#include "core/raft/round_trip.h"

#include <algorithm>
#include <cstdlib>

namespace es::raft {
namespace {

constexpr int kMaxBackoff = 9;

}  // namespace

void RoundTrip::measured(int64_t ticks, uint64_t bytes) {
  backoff_ = 0;
  const int64_t sample = std::clamp<int64_t>(ticks, 0, kMaxTicks);
  if (measured_bytes_ == 0 || bytes > measured_bytes_) {
    measured_bytes_ = std::max<uint64_t>(bytes, 1);
    smoothed_by_8_ = sample * 8;
    variation_by_4_ = sample * 2;
    return;
  }
  const int64_t error = sample - smoothed_by_8_ / 8;
  smoothed_by_8_ += error;
  variation_by_4_ += std::abs(error) - variation_by_4_ / 4;
}

void RoundTrip::expired() { backoff_ = std::min(backoff_ + 1, kMaxBackoff); }

int64_t RoundTrip::timeout_ticks(uint64_t bytes) const {
  const int64_t smoothed = smoothed_by_8_ / 8;
  int64_t ticks = 1;
  if (measured_bytes_ != 0 && bytes > measured_bytes_) {
    const uint64_t ratio = std::min<uint64_t>((bytes - 1) / measured_bytes_ + 1, 64);
    ticks = 2 * (smoothed + 1) * static_cast<int64_t>(ratio);
  } else if (measured_bytes_ != 0) {
    const int64_t least = bytes > kSmallChunkBytes ? 2 : 1;
    ticks = smoothed + std::max({least, smoothed / 2, variation_by_4_});
  }
  return std::min(ticks << backoff_, kMaxTicks);
}

}  // namespace es::raft
