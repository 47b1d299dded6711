#pragma once
// Time as values. The core never asks a clock: an event carries the time. Instant is monotonic and means nothing outside
// one run of one process; WallTime is for people and for certificates, and no decision of consensus trusts it (DESIGN D4).

#include <compare>
#include <cstdint>
#include <limits>

namespace es {

struct Duration {
  int64_t ns = 0;

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration other) const { return {ns + other.ns}; }
  constexpr Duration operator-(Duration other) const { return {ns - other.ns}; }
  constexpr Duration operator*(int64_t factor) const { return {ns * factor}; }
  constexpr Duration operator/(int64_t divisor) const { return {ns / divisor}; }
  constexpr int64_t ms() const { return ns / 1'000'000; }
};

constexpr Duration nanoseconds(int64_t n) { return {n}; }
constexpr Duration microseconds(int64_t n) { return {n * 1'000}; }
constexpr Duration milliseconds(int64_t n) { return {n * 1'000'000}; }
constexpr Duration seconds(int64_t n) { return {n * 1'000'000'000}; }
constexpr Duration minutes(int64_t n) { return seconds(n * 60); }
constexpr Duration hours(int64_t n) { return minutes(n * 60); }

// Nanoseconds of a monotonic clock whose zero is arbitrary.
struct Instant {
  int64_t ns = 0;

  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Duration d) const { return {ns + d.ns}; }
  constexpr Instant operator-(Duration d) const { return {ns - d.ns}; }
  constexpr Duration operator-(Instant other) const { return {ns - other.ns}; }
};

// Later than every instant: "no deadline".
constexpr Instant kNever{std::numeric_limits<int64_t>::max()};

constexpr Instant earlier(Instant a, Instant b) { return a < b ? a : b; }

// Nanoseconds since 1970-01-01 UTC; 0 means "unknown".
struct WallTime {
  int64_t ns = 0;

  constexpr auto operator<=>(const WallTime&) const = default;
  constexpr WallTime operator+(Duration d) const { return {ns + d.ns}; }
  constexpr Duration operator-(WallTime other) const { return {ns - other.ns}; }
};

}  // namespace es
