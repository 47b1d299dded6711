#include "core/gossip/replay_guard.h"

#include <algorithm>

namespace es::gossip {

bool ReplayGuard::accept(Instant now, NodeId sender, uint64_t start, uint64_t number) {
  const auto found = senders_.find(sender);
  if (number == 0) return found == senders_.end();
  if (found == senders_.end()) {
    make_room();
    senders_[sender] = {start, number, 1, now, {}};
    return true;
  }
  Sender& held = found->second;
  if (start > held.start) {
    held = {start, number, 1, now, held.answer};
    return true;
  }
  if (start < held.start) return false;
  if (number > held.highest) {
    const uint64_t ahead = number - held.highest;
    held.seen = ahead < kWindow ? held.seen << ahead : 0;
    held.highest = number;
  }
  const uint64_t behind = held.highest - number;
  if (behind >= kWindow) return false;
  const uint64_t bit = uint64_t{1} << behind;
  if ((held.seen & bit) != 0) return false;
  held.seen |= bit;
  held.last = now;
  return true;
}

void ReplayGuard::answered(Instant now, NodeId sender, uint64_t start, uint64_t number) {
  if (number == 0) return forget(sender);
  // Which of the numbers behind it were heard is not known any more: none of them counts.
  if (!accept(now, sender, start, number)) senders_[sender] = {start, number, ~uint64_t{0}, now, {}};
  senders_[sender].answer = {start, number};
}

bool ReplayGuard::is_doubtful(NodeId sender, uint64_t start, uint64_t number) const {
  const auto found = senders_.find(sender);
  return found != senders_.end() && std::pair(start, number) > found->second.answer;
}

void ReplayGuard::make_room() {
  if (senders_.size() < kMaxSenders) return;
  senders_.erase(std::min_element(senders_.begin(), senders_.end(), [](const auto& a, const auto& b) {
    return a.second.last < b.second.last;
  }));
}

}  // namespace es::gossip
