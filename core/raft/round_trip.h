#pragma once
// RoundTrip: how long a chunk and its answer take, in ticks, and when to give a chunk up for lost.
// RFC 6298 with chunks in place of segments: smoothed time plus its variation, doubled for each
// chunk that was given up. A link's speed is not known before, so chunks begin small and grow, and
// a chunk that is larger than the measured ones is given time in proportion.

#include <cstdint>

namespace es::raft {

class RoundTrip {
 public:
  // A chunk of `bytes` was answered `ticks` after it left for the first time. One that was sent
  // again counts from its first time: that errs on the slow side, and the mean forgets it.
  void measured(int64_t ticks, uint64_t bytes);
  // A chunk was given up.
  void expired();
  // From 1 to kMaxTicks.
  int64_t timeout_ticks(uint64_t bytes) const;

  static constexpr int64_t kMaxTicks = 600;
  // What may be sent in vain: such a chunk is given up after a tick if nothing says otherwise. A
  // larger one has a tick more, as it may have left just before one.
  static constexpr uint64_t kSmallChunkBytes = 16u << 10;

 private:
  uint64_t measured_bytes_ = 0;  // of the largest chunk that was answered; 0: none yet
  int64_t smoothed_by_8_ = 0;
  int64_t variation_by_4_ = 0;
  int backoff_ = 0;
};

}  // namespace es::raft
