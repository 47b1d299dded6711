#pragma once
// ReplayGuard: what was received once is not received again. Every sender numbers what it says, and its starts: both only
// rise, so that nothing here asks a clock. A number counts once, and not at all when it is older than those that a network
// may reorder (the window of RFC 4303 §3.4.3); an earlier start of the sender counts no more.

#include <cstddef>
#include <cstdint>
#include <map>

#include "core/base/id.h"
#include "core/base/time.h"

namespace es::gossip {

class ReplayGuard {
 public:
  static constexpr uint64_t kWindow = 64;
  static constexpr size_t kMaxSenders = 512;  // the longest silent gives way
  // A sender whose card was set back begins to count from an earlier start; it is believed after this silence.
  static constexpr Duration kForgetAfter = minutes(10);

  // True the first time. A number of 0 says that the sender does not count: it is true until it was seen to.
  bool accept(Instant now, NodeId sender, uint64_t start, uint64_t number);
  void forget(NodeId sender) { senders_.erase(sender); }

 private:
  struct Sender {
    uint64_t start = 0;
    uint64_t highest = 0;
    uint64_t seen = 0;  // bit i: highest - i
    Instant last;
  };
  void make_room();

  std::map<NodeId, Sender> senders_;
};

}  // namespace es::gossip
