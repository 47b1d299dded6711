#include "services/json/time_text.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace es::json {

namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kMaxSeconds = 9'223'372'035;  // the last whole second of an int64 of nanoseconds, less one
constexpr std::string_view kGoZero = "0001-01-01T00:00:00Z";

struct Date {
  int64_t year = 1970;
  int64_t month = 1;
  int64_t day = 1;
};

// Days since 1970-01-01 of the proleptic Gregorian calendar, and back (Howard Hinnant, "chrono-Compatible Low-Level Date
// Algorithms"): years begin in March, so that the leap day is the last one.
int64_t days_from_date(Date date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

Date date_from_days(int64_t days) {
  const int64_t shifted = days + 719'468;
  const int64_t era = shifted / 146'097;
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t month = shifted_month + (shifted_month < 10 ? 3 : -9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

bool is_real_date(Date date) {
  if (date.year < 1970 || date.year > 2261 || date.month < 1 || date.month > 12 || date.day < 1) return false;
  const Date back = date_from_days(days_from_date(date));
  return back.month == date.month && back.day == date.day;
}

// Takes text off its front, and remembers whether all that it was asked for was there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int64_t digits(size_t count) {
    int64_t value = 0;
    if (rest_.size() < count) return fail();
    const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + count, value);
    if (code != std::errc() || end != rest_.data() + count || rest_[0] == '-') return fail();
    rest_.remove_prefix(count);
    return value;
  }

  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!take(c)) fail();
  }

  // Nanoseconds of what follows the point; digits after the ninth are dropped.
  int64_t fraction() {
    int64_t ns = 0;
    int64_t scale = kNsPerSecond;
    size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      scale /= 10;
      ns += scale * (rest_[count] - '0');
    }
    if (count == 0) fail();
    rest_.remove_prefix(count);
    return ns;
  }

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  int64_t fail() {
    ok_ = false;
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

int64_t scan_offset_seconds(Scanner& in) {
  if (in.take('Z') || in.take('z')) return 0;
  const int64_t sign = in.take('-') ? -1 : 1;
  if (sign == 1) in.expect('+');
  const int64_t hours_part = in.digits(2);
  in.expect(':');
  return sign * (hours_part * 3600 + in.digits(2) * 60);
}

}  // namespace

std::string rfc3339(WallTime time) {
  if (time.ns <= 0) return std::string(kGoZero);
  const int64_t whole = time.ns / kNsPerSecond;
  const Date date = date_from_days(whole / 86'400);
  const int64_t second = whole % 86'400;
  std::array<char, 64> text{};
  int length = std::snprintf(text.data(), text.size(), "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld.%09lld",
                             static_cast<long long>(date.year), static_cast<long long>(date.month),
                             static_cast<long long>(date.day), static_cast<long long>(second / 3600),
                             static_cast<long long>(second / 60 % 60), static_cast<long long>(second % 60),
                             static_cast<long long>(time.ns % kNsPerSecond));
  while (text[static_cast<size_t>(length - 1)] == '0') --length;
  if (text[static_cast<size_t>(length - 1)] == '.') --length;
  return std::string(text.data(), static_cast<size_t>(length)) + "Z";
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  if (text == kGoZero) return WallTime{};
  Scanner in(text);
  Date date;
  date.year = in.digits(4);
  in.expect('-');
  date.month = in.digits(2);
  in.expect('-');
  date.day = in.digits(2);
  if (!in.take('t')) in.expect('T');
  const int64_t hour = in.digits(2);
  in.expect(':');
  const int64_t minute = in.digits(2);
  in.expect(':');
  const int64_t second = in.digits(2);
  const int64_t ns = in.take('.') ? in.fraction() : 0;
  const int64_t offset = scan_offset_seconds(in);
  if (!in.done() || !is_real_date(date) || hour > 23 || minute > 59 || second > 59) {
    return invalid("not a time like 2026-11-20T04:41:04.5Z");
  }
  const int64_t total = days_from_date(date) * 86'400 + hour * 3600 + minute * 60 + second - offset;
  return WallTime{total * kNsPerSecond + ns};
}

Result<WallTime> parse_timestamp(std::string_view text) {
  const size_t digit_count = text.find_first_not_of("0123456789");
  const std::string_view whole = text.substr(0, digit_count);
  const bool is_seconds = !whole.empty() && (digit_count == std::string_view::npos || text[digit_count] == '.');
  if (!is_seconds) return parse_rfc3339(text);
  int64_t value = 0;
  const auto [end, code] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (code != std::errc() || end != whole.data() + whole.size() || value > kMaxSeconds) {
    return invalid("the time is out of range");
  }
  int64_t ns = 0;
  if (digit_count != std::string_view::npos) {
    Scanner in(text.substr(digit_count + 1));
    ns = in.fraction();
    if (!in.done()) return invalid("not a time like 1763613664.5");
  }
  return WallTime{value * kNsPerSecond + ns};
}

}  // namespace es::json
