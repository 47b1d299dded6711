#pragma once
// Prng: xoshiro256** seeded by splitmix64 (Blackman & Vigna, 2018). The only source of entropy inside core; its seed is handed
// in. Never for keys, tokens or nonces: those come from the operating system at the edge.

#include <array>
#include <cstdint>

namespace es {

class Prng {
 public:
  explicit Prng(uint64_t seed);

  uint64_t next();

  // Uniform in [0, bound). Pre: bound > 0. Lemire's method without the last rejection: the bias is below 2^-32 for the small
  // bounds used here.
  uint64_t below(uint64_t bound);

  // True in `numerator` of `denominator` cases.
  bool chance(uint64_t numerator, uint64_t denominator) { return below(denominator) < numerator; }

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace es
