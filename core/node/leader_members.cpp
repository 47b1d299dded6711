// Who is a member of raft: the tables say who shall be a manager, and the leader brings the configuration there one change at a time (thesis
// §4.1). A new manager begins as a learner and is promoted when it has caught up (thesis §4.2.1), so that it never holds up a
// commit while it copies the log.

#include <algorithm>
#include <iterator>
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

// Somebody answers when raft has heard of it since its last look, or had shortly before.
void Leader::watch_peers(Instant now) {
  for (const raft::PeerId voter : replica_.raft().config().voters) {
    const auto status = replica_.raft().progress(voter);
    if (status && status->recent_active) answered_at_[voter] = now;
  }
}

bool Leader::answers(Instant now, raft::PeerId peer) const {
  if (peer == replica_.raft().id()) return true;
  const auto at = answered_at_.find(peer);
  return at != answered_at_.end() && now < at->second + kAnswering;
}

// PARITY §1 Raft: a demotion that would leave the managers without a majority that answers is refused. Those that stay are the voters whom the
// draft still wants as managers: the demotions before this one in the batch, and those that raft has not carried out yet, are gone.
std::optional<Error> Leader::quorum_objection(Instant now, const state::Draft& draft,
                                              const orchestrator::Command& command) const {
  const auto* update = std::get_if<orchestrator::UpdateNode>(&command);
  if (update == nullptr || update->spec.role == NodeRole::kManager) return std::nullopt;
  const auto node = draft.node(update->id);
  if (!node || node->spec.role == NodeRole::kWorker || !node->manager) return std::nullopt;
  const raft::Configuration& config = replica_.raft().config();
  if (!raft::is_voter(config, node->manager->raft_id)) return std::nullopt;
  size_t managers = 0;
  size_t staying = 0;
  size_t answering = 0;
  for (const auto& other : draft.nodes()) {
    if (other->spec.role != NodeRole::kManager || other->id == node->id) continue;
    ++managers;
    if (!other->manager || !raft::is_voter(config, other->manager->raft_id)) continue;
    ++staying;
    if (answers(now, other->manager->raft_id)) ++answering;
  }
  if (managers == 0) return std::nullopt;  // the last one: execute() says so
  if (staying > 0 && answering >= raft::quorum_of(staying)) return std::nullopt;
  return Error{Errc::kPrecondition,
               "can't remove member from the raft: this would result in a loss of quorum"};
}

void Leader::change_members(Step& step) {
  raft::Raft& raft = replica_.raft();
  if (raft.change_pending()) return;
  const raft::Configuration config = raft.config();
  std::set<raft::PeerId> wanted;
  for (const auto& [id, node] : replica_.tables().rows<Node>()) {
    if (wants_in(*node)) wanted.insert(node->manager->raft_id);
  }
  // Refused at a bound or while leadership is handed over: tried again with the next step.
  const auto change = [&](raft::ChangeKind kind, raft::PeerId peer) {
    if (raft.propose_change({kind, peer}).ok()) dirty_ = true;
  };
  for (const raft::PeerId peer : wanted) {
    if (raft::is_voter(config, peer)) continue;
    if (!raft::is_learner(config, peer)) return change(raft::ChangeKind::kAddLearner, peer);
    const auto status = raft.progress(peer);
    if (status && status->caught_up && status->recent_active) return change(raft::ChangeKind::kPromote, peer);
  }
  std::vector<raft::PeerId> unwanted;
  for (const auto* members : {&config.learners, &config.voters}) {
    std::copy_if(members->begin(), members->end(), std::back_inserter(unwanted),
                 [&](raft::PeerId peer) { return !wanted.contains(peer); });
  }
  if (unwanted.empty()) told_waiting_ = false;
  else remove_member(step, unwanted);
}

// As it is now, not as it was when the demotion was accepted: others may have gone since.
bool Leader::keeps_quorum_without(raft::PeerId peer) const {
  const raft::Raft& raft = replica_.raft();
  if (raft::is_learner(raft.config(), peer)) return true;
  size_t staying = 0;
  size_t answering = 0;
  for (const raft::PeerId voter : raft.config().voters) {
    if (voter == peer) continue;
    ++staying;
    const auto status = raft.progress(voter);
    answering += voter == raft.id() || (status && status->recent_active);
  }
  return staying > 0 && answering >= raft::quorum_of(staying);
}

// One at a time. Those that do not answer go first: that never costs the others their majority.
void Leader::remove_member(Step& step, const std::vector<raft::PeerId>& unwanted) {
  raft::Raft& raft = replica_.raft();
  std::vector<raft::PeerId> candidates = unwanted;
  std::erase(candidates, raft.id());
  std::stable_partition(candidates.begin(), candidates.end(), [&](raft::PeerId peer) {
    const auto status = raft.progress(peer);
    return !status || !status->recent_active;
  });
  for (const raft::PeerId peer : candidates) {
    if (!keeps_quorum_without(peer)) continue;
    if (raft.propose_change({raft::ChangeKind::kRemove, peer}).ok()) dirty_ = true;
    told_waiting_ = false;
    return;
  }
  if (!candidates.empty()) {
    if (std::exchange(told_waiting_, true)) return;
    const auto waiting = replica_.address_of(candidates.front());
    step.log("manager " + (waiting ? waiting->node.to_string() : std::to_string(candidates.front())) +
             " stays in raft for now: without it too few managers answer");
    return;
  }
  // Only this node is left to go. Somebody else has to take it out: thesis §4.2.2 allows a leader to remove itself, handing over first is
  // quicker.
  if (keeps_quorum_without(raft.id())) hand_over(step, unwanted, "this node is not to be one any more");
}

// To one that answers and holds what is committed: another one would make everybody wait for its log, or could not win.
void Leader::hand_over(Step& step, const std::vector<raft::PeerId>& unwanted, const char* reason) {
  raft::Raft& raft = replica_.raft();
  for (const raft::PeerId other : raft.config().voters) {
    const auto status = raft.progress(other);
    if (std::find(unwanted.begin(), unwanted.end(), other) != unwanted.end()) continue;
    if (!status || !status->recent_active || !status->caught_up || !raft.transfer(other).ok()) continue;
    if (!std::exchange(handing_over_, true)) step.log(std::string("leadership goes to another manager: ") + reason);
    return;
  }
}

// Until the disk answers this node can vote for nobody, so the others have to be enough.
void Leader::disk_hangs(Step& step) {
  const raft::Raft& raft = replica_.raft();
  const auto& voters = raft.config().voters;
  const auto others = std::count_if(voters.begin(), voters.end(), [&](raft::PeerId voter) { return voter != raft.id() && answers(step.now, voter); });
  if (static_cast<size_t>(others) < raft::quorum_of(voters.size())) return;
  hand_over(step, {}, "the disk of this node has not answered a write for long");
}

}  // namespace es::node
