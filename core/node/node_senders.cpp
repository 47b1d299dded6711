// Who a sender is to this node, and so what it may say (core/identity/authorization.h has the table).
//
// The list of the removed has the first word. A manager is who the tables or the leader's last list of managers say, or whom one of those
// has named as leader since: this node may have been away while it was promoted. An old certificate of a node that was demoted says manager
// still: it counts as a worker's. One that was issued after all that this node knows of is no old one.

#include <algorithm>

#include "core/identity/certificate_policy.h"
#include "core/model/removed_nodes.h"
#include "core/node/node.h"

namespace es::node {

using identity::Sender;
using identity::Standing;

namespace {

// After a restart the log may be ahead of the tables: raft counts a member already whose name is in an entry that is not applied yet, and
// may need its vote before it can be.
bool counts_a_nameless_member(const Replica& replica) {
  const raft::Configuration& config = replica.raft().config();
  return std::any_of(config.voters.begin(), config.voters.end(), [&](uint64_t id) {
    const auto& nodes = replica.tables().rows<es::Node>();
    return std::none_of(nodes.begin(), nodes.end(), [&](const auto& row) { return row.second->manager && row.second->manager->raft_id == id; });
  });
}

}  // namespace

bool Node::may_say(const PeerIdentity& from, identity::MessageKind kind, Instant now) const {
  if (kept_out_ || !identity::may_say(sender_of(from, now), kind, receiver())) return false;
  // Nobody gives orders to a board under that board's own identity. It may read its logs, as any manager.
  using Kind = identity::MessageKind;
  return kind >= Kind::kLogAsk || from.node != membership_.node || kind == Kind::kIdentityQuestion || kind == Kind::kIdentityAnswer || kind == Kind::kDuplicate;
}

identity::Receiver Node::receiver() const {
  if (!replica_) return identity::Receiver::kWorker;
  return leader_ ? identity::Receiver::kLeader : identity::Receiver::kManager;
}

Sender Node::sender_of(const PeerIdentity& from, Instant now) const {
  return identity::sender_of(from, membership_.cluster, standing(from, now));
}

// No leader had stamped that time yet when this node heard of the swarm's managers last.
bool Node::is_news(const PeerIdentity& from) const {
  return from.valid_from != WallTime{} && from.valid_from + identity::kBackdating > membership_.time_floor;
}

Standing Node::standing(const PeerIdentity& from, Instant now) const {
  const NodeId node = from.node;
  if (is_removed(node)) return Standing::kRemoved;
  const auto& managers = membership_.managers;
  const auto known = replica_ ? replica_->tables().node(node) : nullptr;
  const bool named = vouched_for_ == node ||
                     std::any_of(managers.begin(), managers.end(), [&](const auto& one) { return one.node == node; }) ||
                     (known && (known->manager || known->spec.role == NodeRole::kManager));
  const bool was_one = es::is_removed(membership_.former_managers, node) && !is_news(from);
  const auto is_open = [&] {
    return is_forsaken(now, is_news(from) ? kNewsPatience : kForsakenAfter) || (replica_ && counts_a_nameless_member(*replica_));
  };
  if (named || (!was_one && is_open())) return follows(node) ? Standing::kLeader : Standing::kManager;
  return known || was_one ? Standing::kNoManager : Standing::kUnknown;
}

bool Node::is_removed(NodeId node) const {
  if (es::is_removed(membership_.removed_nodes, node)) return true;
  const auto cluster = replica_ ? replica_->tables().cluster() : nullptr;
  return cluster && es::is_removed(cluster->removed_nodes, node);
}

// The leader whose session is open, or was until something went missing in it.
bool Node::follows(NodeId node) const { return link_.leader() && link_.leader()->node == node; }

bool Node::is_forsaken(Instant now, Duration patience) const { return link_.session() == 0 && now - manager_heard_ >= patience; }

// A node that was removed while it was away learns it from whichever manager it speaks to.
void Node::turn_away(Step& step, Sender sender, NodeId node) {
  ++refused_messages_;
  if (sender != Sender::kRemoved) return;
  if (replica_) step.send(node, {}, Removed{});
  step.out.add(Disconnect{node});
}

}  // namespace es::node
