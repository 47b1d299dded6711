#pragma once
// Majorities over a set of voters. An empty set has no quorum: nothing commits and nobody wins.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "core/raft/types.h"

namespace es::raft {

inline size_t quorum_of(size_t voters) { return voters / 2 + 1; }

enum class VoteResult { kPending, kWon, kLost };

// `votes` may hold peers that are no voters; they do not count.
VoteResult tally(const std::vector<PeerId>& voters, const std::map<PeerId, bool>& votes);

// The highest value that a majority has reached; 0 for no values.
uint64_t reached_by_majority(std::vector<uint64_t> values);

}  // namespace es::raft
