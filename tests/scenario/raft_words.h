#pragma once
// Words that several raft commands share.

#include <limits>
#include <string>
#include <string_view>

#include "tests/scenario/line.h"
#include "tests/scenario/raft_world.h"

namespace es::scenario {

inline Error not_yet_supported(const std::string& what) {
  return {Errc::kUnsupported, "not yet supported: " + what};
}

inline Result<PeerId> take_node(Line& line) {
  ES_TRY(const std::string word, line.word("a node"));
  return parse_number(word);
}

// An option that is a number, into wherever it belongs; absent, it changes nothing.
template <class T>
Status take_bound(Line& line, std::string_view key, T& bound) {
  ES_TRY(const auto value, line.option(key));
  if (!value) return {};
  ES_TRY(const uint64_t number, parse_number(*value));
  if (number > static_cast<uint64_t>(std::numeric_limits<T>::max()))
    return invalid("'" + *value + "' is too large");
  bound = static_cast<T>(number);
  return {};
}

// What a snapshot up to `index` holds.
inline std::string state_text(Index index) { return "state up to " + std::to_string(index); }

}  // namespace es::scenario
