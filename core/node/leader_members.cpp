// Who is a member of raft: the tables say who shall be a manager, and the leader brings the configuration there one change at a time (thesis
// §4.1). A new manager begins as a learner and is promoted when it has caught up (thesis §4.2.1), so that it never holds up a
// commit while it copies the log.

#include <algorithm>
#include <utility>

#include "core/node/leader.h"

namespace es::node {

// Its certificate comes first: a member that the others refuse to talk to would only weaken the quorum.
bool Leader::wants_in(const Node& node) const {
  return node.manager && node.spec.role == NodeRole::kManager && node.certificate_role == NodeRole::kManager;
}

// A node that shall be a manager gets a raft id; one that shall not be any more loses it once raft has let it go.
void Leader::appoint_managers(state::Draft& draft) const {
  for (const auto& known : draft.nodes()) {
    const bool shall_be = known->spec.role == NodeRole::kManager;
    if (shall_be && !known->manager) {
      Cluster cluster = *draft.cluster();
      Node node = *known;
      node.manager = ManagerInfo{cluster.next_raft_id++};
      draft.put(std::move(cluster));
      draft.put(std::move(node));
    } else if (!shall_be && known->manager &&
               !raft::is_member(replica_.raft().config(), known->manager->raft_id) &&
               !replica_.raft().change_pending()) {
      Node node = *known;
      node.manager.reset();
      draft.put(std::move(node));
    }
  }
}

void Leader::change_members(Step& step) {
  raft::Raft& raft = replica_.raft();
  if (raft.change_pending()) return;
  const raft::Configuration config = raft.config();
  std::map<raft::PeerId, const Node*> wanted;
  for (const auto& [id, node] : replica_.tables().rows<Node>()) {
    if (wants_in(*node)) wanted[node->manager->raft_id] = node.get();
  }
  const auto change = [&](raft::ChangeKind kind, raft::PeerId peer) {
    // Refused at a bound or while leadership is handed over: tried again with the next step.
    const auto proposed = raft.propose_change({kind, peer});
    if (proposed.ok()) dirty_ = true;
    return proposed.ok();
  };
  for (const auto& [peer, node] : wanted) {
    if (raft::is_voter(config, peer)) continue;
    if (!raft::is_learner(config, peer)) {
      change(raft::ChangeKind::kAddLearner, peer);
      return;
    }
    const auto status = raft.progress(peer);
    if (status && status->caught_up && status->recent_active) {
      change(raft::ChangeKind::kPromote, peer);
      return;
    }
  }
  std::vector<raft::PeerId> members = config.voters;
  members.insert(members.end(), config.learners.begin(), config.learners.end());
  for (const raft::PeerId peer : members) {
    if (wanted.contains(peer)) continue;
    if (peer != raft.id()) {
      change(raft::ChangeKind::kRemove, peer);
      return;
    }
    // Somebody else has to take this node out: thesis §4.2.2 allows a leader to remove itself, handing over first is quicker.
    for (const raft::PeerId other : config.voters) {
      const auto status = raft.progress(other);
      if (other == peer || !status || !status->recent_active) continue;
      if (raft.transfer(other).ok()) {
        if (!std::exchange(handing_over_, true)) {
          step.log("leadership goes to another manager: this node is not to be one any more");
        }
        return;
      }
    }
  }
}

}  // namespace es::node
