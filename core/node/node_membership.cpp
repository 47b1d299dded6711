// The node's own role and membership: promotion, demotion, removal.

#include <algorithm>
#include <utility>

#include "core/model/removed_nodes.h"
#include "core/node/node.h"
#include "core/wire/codec.h"

namespace es::node {

namespace {

bool lists(const std::vector<wire::ManagerAddress>& managers, NodeId node) {
  return std::any_of(managers.begin(), managers.end(), [&](const auto& one) { return one.node == node; });
}

}  // namespace

// Gossip keeps them out; what it knew of them was in memory only.
void Node::forget_removed() {
  const auto cluster = replica_ ? replica_->tables().cluster() : nullptr;
  if (!cluster) return;
  for (const NodeId node : cluster->removed_nodes) {
    if (node != membership_.node) gossip_.forget(node);
  }
}

void Node::note_former_managers(const std::vector<wire::ManagerAddress>& managers) {
  std::vector<NodeId>& former = membership_.former_managers;
  for (const wire::ManagerAddress& before : membership_.managers) {
    if (!lists(managers, before.node) && before.node != membership_.node) add_removed(former, before.node);
  }
  std::erase_if(former, [&](NodeId node) { return lists(managers, node); });
}

void Node::set_removed(std::vector<NodeId> removed) {
  if (removed.size() > kMaxRemovedNodes) return;  // no leader sends more
  std::erase(removed, membership_.node);  // that is said by Removed, which has rules of its own
  membership_.removed_nodes = std::move(removed);
}

std::vector<SocketAddress> Node::gossip_seeds() const {
  std::vector<SocketAddress> seeds;
  for (const wire::ManagerAddress& manager : membership_.managers) {
    if (manager.node != membership_.node) seeds.push_back({manager.address.ip, options_.gossip_port});
  }
  return seeds;
}

// The certificate comes first in both directions: what a node may do is what its certificate says.
void Node::take_role(Step& step, NodeRole role, uint64_t raft_id) {
  if (role == membership_.role) {
    wanted_raft_id_ = 0;
    // It was demoted and promoted while it was away: raft let the old id go, and waits for the new one. Ids only rise, so a word of a
    // leader that was replaced meanwhile takes nothing back.
    if (role == NodeRole::kManager && raft_id > membership_.raft_id) start_replica(raft_id);
    if (role == certificate_role_) {
      // A renewal that is under way goes on.
      if (std::exchange(role_wanted_, false)) certificate_retry_ = kNever;
      return;
    }
  } else {
    wanted_raft_id_ = raft_id;
  }
  role_wanted_ = true;
  if (certificate_retry_ != kNever) return;
  certificate_retry_ = step.now + kCertificateRetry;
  step.out.add(MakeSigningRequest{});
}

// Taken when it was asked for, and acted upon once it is in use: what cannot be read changes nothing, and is asked for again.
void Node::hear(Step& step, NodeId from, const wire::CertificateReply& message) {
  if (!follows(from) || !certificate_asked_ || message.role > NodeRole::kManager) return;
  certificate_asked_ = false;
  installing_ = message.role;
  step.out.add(InstallCertificate{message.role, message.certificate});
}

void Node::certificate_installed(Step& step, const Status& status) {
  if (!installing_) return;
  const NodeRole role = *std::exchange(installing_, std::nullopt);
  if (!status.ok()) {
    step.log("the new certificate is not taken: " + status.error().message);
    if (certificate_retry_ == kNever) certificate_retry_ = step.now + kCertificateRetry;
    return;
  }
  certificate_retry_ = kNever;
  role_wanted_ = false;
  certificate_role_ = role;
  if (role == membership_.role) return;
  if (role == NodeRole::kManager) become_manager(step);
  else become_worker(step);
}

void Node::become_manager(Step& step) {
  if (wanted_raft_id_ == 0) return;  // the leader changed its mind meanwhile, and will say so
  start_replica(std::exchange(wanted_raft_id_, 0));
  step.log("this node is a manager now");
}

// A new member of raft begins with nothing.
void Node::start_replica(uint64_t raft_id) {
  membership_.role = NodeRole::kManager;
  membership_.raft_id = raft_id;
  leader_.reset();
  write_fresh_membership();
  auto replica = Replica::start(membership_.raft_id, prng_.next(), {}, options_.bounds);
  ES_ASSERT(replica.ok());  // an empty log is a sound one
  replica_ = std::move(replica).value();
  if (disk_trouble_ || kept_out_) replica_->halt();
  for (const wire::ManagerAddress& manager : membership_.managers) replica_->add_address(manager);
}

void Node::become_worker(Step& step) {
  membership_.role = NodeRole::kWorker;
  membership_.raft_id = 0;
  leader_.reset();
  replica_.reset();
  desk_.close(step);
  write_fresh_membership();
  step.log("this node is a worker now");
}

// The log goes in the same transaction in which the role changes: a manager that has its old raft id
// and no vote any more, as a power cut between the two would leave it, could vote twice in a term.
void Node::write_fresh_membership() {
  writes_.forget_raft();
  ports::Batch batch;
  batch.reset_log = true;
  batch.facts[kLostFact] = std::nullopt;
  batch.facts[kMembershipFact] = wire::encode(membership_);
  writes_.add(std::move(batch));
}

void Node::save_membership(Instant now) {
  membership_dirty_ = false;
  next_membership_ = now + kMembershipPause;
  ports::Batch batch;
  batch.facts[kMembershipFact] = wire::encode(membership_);
  writes_.add(std::move(batch));
}

void Node::end_membership(Step& step, std::string reason) {
  if (left_) return;
  agent_.stop_all(step.wall);
  pump_agent(step);
  if (!kept_out_) {  // the other board with this identity stays
    gossip_.leave(step.now);
    pump_gossip(step);
  }
  desk_.close(step);
  leader_.reset();
  replica_.reset();
  left_ = true;
  step.out.add(ForgetCluster{std::move(reason)});
}

}  // namespace es::node
