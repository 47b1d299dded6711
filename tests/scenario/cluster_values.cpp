#include "tests/scenario/cluster_values.h"

#include <array>
#include <limits>
#include <string>

#include "tests/scenario/line.h"

namespace es::scenario {

namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

constexpr std::array kTimeUnits = {Unit{"ns", 1},
                                   Unit{"us", 1'000},
                                   Unit{"ms", 1'000'000},
                                   Unit{"s", 1'000'000'000},
                                   Unit{"m", 60'000'000'000},
                                   Unit{"h", 3'600'000'000'000}};

constexpr int64_t kKi = 1024;
constexpr std::array kSizeUnits = {
    Unit{"", 1},       Unit{"B", 1},          Unit{"kB", 1'000},
    Unit{"KB", 1'000}, Unit{"MB", 1'000'000}, Unit{"GB", 1'000'000'000},
    Unit{"KiB", kKi},  Unit{"MiB", kKi* kKi}, Unit{"GiB", kKi* kKi* kKi},
    Unit{"K", kKi},    Unit{"M", kKi* kKi},   Unit{"G", kKi* kKi* kKi},
    Unit{"k", kKi},    Unit{"m", kKi* kKi},   Unit{"g", kKi* kKi* kKi},
};

Error unreadable(std::string_view text, const char* what) {
  return invalid("'" + std::string(text) + "' is no " + what);
}

// digits[.digits] times scale.
Result<int64_t> scaled(std::string_view number, int64_t scale, std::string_view whole_text,
                       const char* what) {
  const size_t point = number.find('.');
  const std::string_view front = number.substr(0, point);
  std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : number.substr(point + 1);
  const auto units = parse_number(front);
  if (!units.ok() || (point != std::string_view::npos && fraction.empty()))
    return unreadable(whole_text, what);
  if (*units > static_cast<uint64_t>(std::numeric_limits<int64_t>::max() / scale))
    return unreadable(whole_text, what);
  int64_t value = static_cast<int64_t>(*units) * scale;
  for (; !fraction.empty(); fraction.remove_prefix(1)) {
    const char digit = fraction.front();
    if (digit < '0' || digit > '9' || scale % 10 != 0) return unreadable(whole_text, what);
    scale /= 10;
    value += (digit - '0') * scale;
  }
  return value;
}

template <size_t N>
Result<int64_t> with_unit(std::string_view text, const std::array<Unit, N>& units,
                          const char* what) {
  const size_t end = text.find_first_not_of("0123456789.");
  const std::string_view number = text.substr(0, end);
  const std::string_view name =
      end == std::string_view::npos ? std::string_view() : text.substr(end);
  for (const Unit& unit : units) {
    if (unit.name == name) return scaled(number, unit.factor, text, what);
  }
  return unreadable(text, what);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{};
  ES_TRY(const int64_t ns, with_unit(text, kTimeUnits, "duration, as 150ms, 5s or 2m"));
  return Duration{ns};
}

Result<int64_t> parse_size(std::string_view text) {
  return with_unit(text, kSizeUnits, "size, as 200MB or 1GiB");
}

Result<int64_t> parse_decimal(std::string_view text, int64_t scale) {
  return scaled(text, scale, text, "number");
}

Platform parse_architecture(std::string_view text) {
  const size_t slash = text.find('/');
  Platform platform{std::string(text.substr(0, slash)), "linux", ""};
  if (slash != std::string_view::npos) platform.variant = text.substr(slash + 1);
  for (const std::string_view version : {"v5", "v6", "v7"}) {
    if (text.starts_with("arm" + std::string(version))) {
      platform.architecture = "arm";
      platform.variant = version;
    }
  }
  return platform;
}

Result<Platform> parse_platform(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size()) {
    return unreadable(text, "platform, as linux/arm64 or linux/arm/v7");
  }
  Platform platform = parse_architecture(text.substr(slash + 1));
  platform.os = text.substr(0, slash);
  return platform;
}

}  // namespace es::scenario
