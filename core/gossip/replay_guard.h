#pragma once
// ReplayGuard: what was received once is not received again. Every sender numbers what it says, and its starts: both only
// rise, so that nothing here asks a clock. A number counts once, and not at all when it is older than those that a network
// may reorder (the window of RFC 4303 §3.4.3); an earlier start of the sender counts no more.
//
// A sender's name is no proof: whoever has the key can say anything in it, and a number that lies far ahead would make all
// that the sender itself says look old. What this node hears on a number alone is therefore held until the sender answers a
// question of this node's own, no longer: an answer names a question that was drawn just now, so nobody recorded it, and the
// guard goes on from its number, be that ahead of what was heard, or behind it as after a card was set back.

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "core/base/id.h"
#include "core/base/time.h"

namespace es::gossip {

class ReplayGuard {
 public:
  static constexpr uint64_t kWindow = 64;
  static constexpr size_t kMaxSenders = 512;  // the longest silent gives way

  // True the first time. A number of 0 says that the sender does not count: it is true until it was seen to.
  bool accept(Instant now, NodeId sender, uint64_t start, uint64_t number);
  // The sender answered this node under this number, from which the guard goes on; what was heard in its name within the window
  // around it stays heard.
  void answered(Instant now, NodeId sender, uint64_t start, uint64_t number);
  // Of one that was refused: whether it is newer than the sender's last answer. It was recorded since, or it is the sender's
  // own behind a lie in its name; only the sender knows.
  bool is_doubtful(NodeId sender, uint64_t start, uint64_t number) const;
  void forget(NodeId sender) { senders_.erase(sender); }

 private:
  struct Sender {
    uint64_t start = 0;
    uint64_t highest = 0;
    uint64_t seen = 0;  // bit i: highest - i
    Instant last;
    std::pair<uint64_t, uint64_t> answer;  // start and number of the last one
  };
  void make_room();

  std::map<NodeId, Sender> senders_;
};

}  // namespace es::gossip
