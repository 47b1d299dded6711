#pragma once
// The longest duration of a specification. Swarm takes any; 100 years are the longest that people write ("--cert-expiry 876000h"), and a time
// of this century plus as much is far below the end of time (292 years are 2^63 ns).

#include "core/base/time.h"

namespace es {

constexpr Duration kLongestDuration = hours(int64_t{100} * 365 * 24);

}  // namespace es
