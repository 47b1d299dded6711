#pragma once
// Dates of certificates: Gregorian, UTC, whole seconds (RFC 5280 §4.1.2.5).

#include <string>

#include "core/base/time.h"

namespace es::crypto {

struct CalendarTime {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
};

// Years 1970..2200; what lies outside becomes the nearest end.
WallTime to_wall_time(const CalendarTime& time);
CalendarTime to_calendar(WallTime time);
// "20361120043302", as mbedTLS takes dates.
std::string to_digits(WallTime time);

}  // namespace es::crypto
