#pragma once
// MemberTable: what this node believes of every other member. It holds at most kMaxMembers;
// iteration is by id, so that every machine sees the same order.

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "core/base/id.h"
#include "core/base/prng.h"
#include "core/base/time.h"
#include "core/gossip/message.h"
#include "core/gossip/suspicion.h"

namespace es::gossip {

struct Member {
  MemberRecord record;
  Instant last_turn;  // when this node last probed it, or knew without probing that it is well
  Instant since;      // when the present state was adopted
  std::optional<Suspicion> suspicion;  // present while record.state is kSuspect
  bool answered = false;               // a probe of this node's own, ever
};

class MemberTable {
 public:
  // Null when there is none.
  Member* find(NodeId node);
  const Member* find(NodeId node) const;

  // The new member, or null when the table is full of live members. A full table drops a dead
  // member first.
  Member* insert(MemberRecord record, Instant last_turn);
  void erase(NodeId node) { members_.erase(node); }

  // Members that are alive or suspected, this node not counted.
  size_t live_count() const;
  // Order-free hash of who is live and in which incarnation. Suspicions, which come and go, do not
  // change it; neither do the dead.
  uint64_t live_digest() const;

  // At most `count` distinct live members, chosen at random.
  std::vector<NodeId> draw_live(size_t count, Prng& prng) const;
  // The same without `target`, of those that ever answered this node if there are any: what a relay does not say makes this
  // node doubt itself (Lifeguard §IV-A), so it must be one that is there.
  std::vector<NodeId> draw_relays(size_t count, NodeId target, Prng& prng) const;
  // A dead member chosen at random.
  const Member* draw_dead(Prng& prng) const;

  std::map<NodeId, Member>& all() { return members_; }
  const std::map<NodeId, Member>& all() const { return members_; }

 private:
  std::map<NodeId, Member> members_;
};

// One member's share of the digest.
uint64_t digest_of(const MemberRecord& record);

}  // namespace es::gossip
