#include "core/gossip/member_table.h"

#include <algorithm>
#include <utility>

#include "core/base/hash.h"

namespace es::gossip {

Member* MemberTable::find(NodeId node) {
  const auto it = members_.find(node);
  return it == members_.end() ? nullptr : &it->second;
}

const Member* MemberTable::find(NodeId node) const {
  const auto it = members_.find(node);
  return it == members_.end() ? nullptr : &it->second;
}

Member* MemberTable::insert(MemberRecord record, Instant last_turn) {
  if (members_.size() == kMaxMembers) {
    const auto gone = std::find_if(members_.begin(), members_.end(),
                                   [](const auto& entry) { return !entry.second.record.live(); });
    if (gone == members_.end()) return nullptr;
    members_.erase(gone);
  }
  const NodeId node = record.node;
  return &members_.insert_or_assign(node, Member{std::move(record), last_turn, {}, {}, false}).first->second;
}

size_t MemberTable::live_count() const {
  return static_cast<size_t>(std::count_if(members_.begin(), members_.end(), [](const auto& entry) {
    return entry.second.record.live();
  }));
}

uint64_t digest_of(const MemberRecord& record) {
  Hash64 hash;
  hash.add(record.node.bits.high);
  hash.add(record.node.bits.low);
  hash.add(record.incarnation);
  return hash.value();
}

uint64_t MemberTable::live_digest() const {
  uint64_t digest = 0;
  for (const auto& [node, member] : members_) {
    if (member.record.live()) digest += digest_of(member.record);
  }
  return digest;
}

namespace {
std::vector<NodeId> draw(std::vector<NodeId> from, size_t count, Prng& prng) {
  count = std::min(count, from.size());
  for (size_t i = 0; i < count; ++i) {  // Fisher and Yates, stopped when enough are drawn
    std::swap(from[i], from[i + prng.below(from.size() - i)]);
  }
  from.resize(count);
  return from;
}
}  // namespace

std::vector<NodeId> MemberTable::draw_live(size_t count, Prng& prng) const {
  std::vector<NodeId> live;
  for (const auto& [node, member] : members_) {
    if (member.record.live()) live.push_back(node);
  }
  return draw(std::move(live), count, prng);
}

std::vector<NodeId> MemberTable::draw_relays(size_t count, NodeId target, Prng& prng) const {
  std::vector<NodeId> live;
  std::vector<NodeId> answered;
  for (const auto& [node, member] : members_) {
    if (!member.record.live() || node == target) continue;
    live.push_back(node);
    if (member.answered) answered.push_back(node);
  }
  return draw(std::move(answered.empty() ? live : answered), count, prng);
}

const Member* MemberTable::draw_dead(Prng& prng) const {
  std::vector<const Member*> dead;
  for (const auto& [node, member] : members_) {
    if (member.record.state == MemberState::kDead) dead.push_back(&member);
  }
  return dead.empty() ? nullptr : dead[prng.below(dead.size())];
}

}  // namespace es::gossip
