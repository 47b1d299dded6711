#include "core/raft/quorum.h"

#include <algorithm>
#include <functional>

namespace es::raft {

VoteResult tally(const std::vector<PeerId>& voters, const std::map<PeerId, bool>& votes) {
  size_t granted = 0;
  size_t missing = 0;
  for (const PeerId voter : voters) {
    const auto vote = votes.find(voter);
    if (vote == votes.end())
      ++missing;
    else if (vote->second)
      ++granted;
  }
  const size_t quorum = quorum_of(voters.size());
  if (granted >= quorum) return VoteResult::kWon;
  return granted + missing >= quorum ? VoteResult::kPending : VoteResult::kLost;
}

uint64_t reached_by_majority(std::vector<uint64_t> values) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(quorum_of(values.size()) - 1);
  std::nth_element(values.begin(), at, values.end(), std::greater<>());
  return *at;
}

}  // namespace es::raft
