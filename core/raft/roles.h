#pragma once
// The three roles (Raft figure 4) and what each one keeps; it is gone when the role is.

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "core/raft/progress.h"

namespace es::raft {

struct Following {
  PeerId leader = kNobody;  // kNobody: none heard of in this term
};

struct Campaigning {
  bool pre = false;  // asking whether a campaign makes sense (thesis §9.6)
  std::map<PeerId, bool> votes;
};

// A read waits until a quorum has answered a heartbeat of its round or a later one.
struct WaitingRead {
  PeerId from;  // the leader itself, or the follower that asked
  uint64_t context;
  uint64_t round;
  Index index;
};

struct Leading {
  std::map<PeerId, Progress> peers;  // the members but the leader itself, and those about to leave
  PeerId transferee = kNobody;       // takes over as soon as it holds the whole log
  uint64_t read_round = 0;           // the newest
  std::deque<WaitingRead> reads;     // by round
  // Reads before the first commit of this term have no index yet (Raft §8): who asked, and the
  // context.
  std::vector<std::pair<PeerId, uint64_t>> early_reads;
};

}  // namespace es::raft
