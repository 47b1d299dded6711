#include "platform/linux/crypto/calendar.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace es::crypto {

namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr int kLastYear = 2200;  // the nanoseconds of WallTime reach 2262

}  // namespace

WallTime to_wall_time(const CalendarTime& time) {
  using namespace std::chrono;
  if (time.year < 1970) return WallTime{0};
  const int year = std::min(time.year, kLastYear);
  const auto date = std::chrono::year(year) / time.month / time.day;
  const int64_t days = sys_days(date).time_since_epoch().count();
  return WallTime{(((days * 24 + time.hour) * 60 + time.minute) * 60 + time.second) * kNanoseconds};
}

CalendarTime to_calendar(WallTime time) {
  using namespace std::chrono;
  const int64_t last = to_wall_time({kLastYear, 12, 31, 23, 59, 59}).ns;
  const int64_t total = std::clamp<int64_t>(time.ns, 0, last) / kNanoseconds;
  const year_month_day date{sys_days(days(total / 86'400))};
  const auto second = static_cast<int>(total % 86'400);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          second / 3600,
          second / 60 % 60,
          second % 60};
}

std::string to_digits(WallTime time) {
  const CalendarTime c = to_calendar(time);
  char text[80];
  std::snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02d", c.year, c.month, c.day, c.hour,
                c.minute, c.second);
  return text;
}

}  // namespace es::crypto
