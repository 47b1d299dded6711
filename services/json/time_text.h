#pragma once
// Times as Docker's API writes them.

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"

namespace es::json {

// "2026-11-20T04:41:04.5Z": UTC, nanoseconds without trailing zeros. An unknown time is Go's zero time, "0001-01-01T00:00:00Z".
std::string rfc3339(WallTime time);

// Years 1970 to 2261 and Go's zero time; any offset. Errors: kInvalid.
Result<WallTime> parse_rfc3339(std::string_view text);

// What `since` and `until` hold: seconds since 1970 with an optional fraction ("1763613664.123456789"), or RFC 3339.
// Errors: kInvalid.
Result<WallTime> parse_timestamp(std::string_view text);

}  // namespace es::json
