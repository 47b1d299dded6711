#pragma once
// The values of cluster scenarios: durations, sizes, CPUs, platforms. Exact: no floating point.

#include <cstdint>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/platform.h"

namespace es::scenario {

// Errors of all: kInvalid, with the text that cannot be read.

// "150ms", "5s", "2m", "24h"; "0" needs no unit.
Result<Duration> parse_duration(std::string_view text);
// "200MB" (10^6), "1GiB" (2^30), "256M" (2^20, as docker reads it), "4096" (bytes).
Result<int64_t> parse_size(std::string_view text);
// "0.5" times `scale`, which is a power of ten: CPUs in nano, ratios in millionths. More digits
// than that are an error.
Result<int64_t> parse_decimal(std::string_view text, int64_t scale);
// "linux/arm64", "linux/arm/v7".
Result<Platform> parse_platform(std::string_view text);
// "arm64", "arm/v7", "armv7".
Platform parse_architecture(std::string_view text);

}  // namespace es::scenario
