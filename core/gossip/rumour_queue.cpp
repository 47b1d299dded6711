#include "core/gossip/rumour_queue.h"

#include <algorithm>
#include <bit>

namespace es::gossip {

namespace {
constexpr size_t kLambda = 3;
}

size_t RumourQueue::times_to_tell(size_t live_members) {
  return kLambda * static_cast<size_t>(std::bit_width(live_members));  // ⌈log2(n+1)⌉
}

void RumourQueue::push(Rumour rumour) {
  const NodeId node = rumour.record.node;
  for (auto it = entries_.lower_bound({node, NodeId{}}); it != entries_.end();) {
    if (it->first.first != node) break;
    it = rumour.record.supersedes(it->second.rumour.record) ? entries_.erase(it) : std::next(it);
  }
  if (entries_.size() == kCapacity) {
    entries_.erase(std::max_element(entries_.begin(), entries_.end(), [](auto& a, auto& b) {
      return a.second.told < b.second.told;
    }));
  }
  const Key key{node, rumour.reporter};
  const size_t bytes = encoded_size(rumour);
  entries_.insert_or_assign(key, Entry{std::move(rumour), bytes, 0});
}

void RumourQueue::forget(NodeId node) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first.first == node; });
}

std::vector<Rumour> RumourQueue::take(size_t budget_bytes, size_t live_members) {
  std::vector<std::map<Key, Entry>::iterator> order;
  for (auto it = entries_.begin(); it != entries_.end(); ++it) order.push_back(it);
  std::stable_sort(order.begin(), order.end(),
                   [](auto a, auto b) { return a->second.told < b->second.told; });

  std::vector<Rumour> taken;
  for (const auto it : order) {
    Entry& entry = it->second;
    if (entry.bytes > budget_bytes) continue;
    budget_bytes -= entry.bytes;
    taken.push_back(entry.rumour);
    if (++entry.told >= times_to_tell(live_members)) entries_.erase(it);
  }
  return taken;
}

}  // namespace es::gossip
