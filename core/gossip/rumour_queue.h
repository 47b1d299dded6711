#pragma once
// RumourQueue: what is still to be told, each rumour a bounded number of times (SWIM §4.1: λ log n
// suffices to reach everybody with high probability). Rumours told least often go first; news about
// a member replaces what is older.

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "core/base/id.h"
#include "core/gossip/message.h"

namespace es::gossip {

class RumourQueue {
 public:
  static constexpr size_t kCapacity = 1'024;

  // At capacity the rumour that was told most often makes room.
  void push(Rumour rumour);
  void forget(NodeId node);
  void clear() { entries_.clear(); }

  // Rumours for one datagram, of at most `budget_bytes` together. Each counts as told once, and is
  // gone after λ⌈log2(n+1)⌉ times.
  std::vector<Rumour> take(size_t budget_bytes, size_t live_members);

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }

  static size_t times_to_tell(size_t live_members);

 private:
  // Each suspecting reporter counts by itself (Lifeguard §IV-B), so suspicions of one member are
  // several rumours.
  using Key = std::pair<NodeId, NodeId>;  // member, reporter
  struct Entry {
    Rumour rumour;
    size_t bytes = 0;
    size_t told = 0;
  };

  std::map<Key, Entry> entries_;
};

}  // namespace es::gossip
