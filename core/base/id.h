#pragma once
// Id<Tag>: 128 random bits, printed as Docker does: 25 characters of base 36. Ids of different tags do not mix.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace es {

struct Uint128 {
  uint64_t high = 0;
  uint64_t low = 0;

  auto operator<=>(const Uint128&) const = default;
};

constexpr int kIdLength = 25;  // 36^25 > 2^128

std::string base36_encode(Uint128 value, int digits);
// Errors: nothing, for a character outside [0-9a-z] or a value above 2^128-1.
std::optional<Uint128> base36_decode(std::string_view text);

template <class Tag>
struct Id {
  Uint128 bits;  // all zero: no id

  auto operator<=>(const Id&) const = default;
  bool empty() const { return bits == Uint128{}; }
  std::string to_string() const { return empty() ? std::string() : base36_encode(bits, kIdLength); }

  // Errors: nothing, unless `text` is exactly 25 characters of base 36.
  static std::optional<Id> parse(std::string_view text) {
    if (text.size() != kIdLength) return std::nullopt;
    const auto value = base36_decode(text);
    if (!value) return std::nullopt;
    return Id{*value};
  }

  // Draws from anything with next(), for example a Prng.
  template <class Source>
  static Id draw(Source& source) {
    const uint64_t high = source.next();
    return Id{{high, source.next()}};
  }
};

using ClusterId = Id<struct ClusterTag>;
using NodeId = Id<struct NodeTag>;
using ServiceId = Id<struct ServiceTag>;
using TaskId = Id<struct TaskTag>;
using NetworkId = Id<struct NetworkTag>;

}  // namespace es
