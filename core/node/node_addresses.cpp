// Who a node is says its identity, never its address: boards get another one with every lease. Who the managers are says the
// leader (SessionInfo). Where each of them is says whoever knows it best: the manager itself, by gossip, in the hello of a
// leader or by answering a search of the LAN; then the tables, which hold what it registered with last. What a node knows
// is kept on its disk, and when nobody it knows answers, it asks the LAN.

#include <algorithm>
#include <utility>

#include "core/node/node.h"

namespace es::node {

// Gossip's own word of a living member is never older than the tables'.
SocketAddress Node::present_address(const wire::ManagerAddress& manager) const {
  if (manager.node == membership_.node) return options_.address;
  const auto member = gossip_.members().find(manager.node);
  if (member == gossip_.members().end() || member->second.record.state != gossip::MemberState::kAlive) return manager.address;
  return {member->second.record.address.ip, manager.address.port};
}

void Node::set_managers(Step& step, std::vector<wire::ManagerAddress> managers) {
  if (managers.empty()) return;
  for (wire::ManagerAddress& manager : managers) manager.address = present_address(manager);
  note_former_managers(managers);
  vouched_for_ = {};
  use_managers(step, std::move(managers));
}

void Node::use_managers(Step& step, std::vector<wire::ManagerAddress> managers) {
  if (managers == membership_.managers) return;
  link_.set_managers(managers);
  if (replica_) {
    for (const wire::ManagerAddress& manager : managers) replica_->add_address(manager);
  }
  membership_.managers = std::move(managers);
  membership_dirty_ = true;
  gossip_.set_seeds(step.now, gossip_seeds());
}

void Node::manager_is_at(Step& step, NodeId node, const SocketAddress& address) {
  if (address.empty() || node == membership_.node) return;
  std::vector<wire::ManagerAddress> managers = membership_.managers;
  for (wire::ManagerAddress& manager : managers) {
    if (manager.node == node) manager.address = address;
  }
  use_managers(step, std::move(managers));
}

void Node::gossip_speaks_of(Step& step, const gossip::MemberRecord& record) {
  if (record.state != gossip::MemberState::kAlive) return;
  for (const wire::ManagerAddress& manager : membership_.managers) {
    if (manager.node != record.node || manager.address.ip == record.address.ip) continue;
    return manager_is_at(step, record.node, {record.address.ip, manager.address.port});
  }
}

// Post: the others hear of it with the next Register and by gossip.
void Node::move_to(SocketAddress address) {
  options_.address = std::move(address);
  membership_.address = options_.address;
  for (wire::ManagerAddress& manager : membership_.managers) {
    if (manager.node != membership_.node) continue;
    manager.address = options_.address;
    if (replica_) replica_->add_address(manager);
  }
  link_.set_managers(membership_.managers);
  membership_dirty_ = true;
}

void Node::on(Step& step, const AddressChanged& event) {
  if (event.address == options_.address || kept_out_) return;
  step.log("this node has moved from " + options_.address.to_string() + " to " + event.address.to_string());
  move_to(event.address);
  gossip_.set_address(step.now, {event.address.ip, options_.gossip_port});
  agent_.session_closed();
  link_.reopen(step.now);
}

// They are asked at once; whoever of them leads, or knows who does, opens the way to a session.
void Node::on(Step& step, const ManagersFound& event) {
  if (kept_out_) return;
  std::vector<SocketAddress> seeds = gossip_seeds();
  for (const wire::ManagerAddress& found : event.managers) {
    if (found.node == membership_.node) continue;
    manager_is_at(step, found.node, found.address);
    seeds.insert(seeds.begin(), {found.address.ip, options_.gossip_port});
    if (link_.session() == 0) send_register(step, found);
  }
  gossip_.join(step.now, std::move(seeds));
}

void Node::on(Step& step, const SecretDrawn& event) {
  if (leader_) leader_->secret_drawn(step.now, event.secret);
}

// Every member has a session with the leader, the leader too: without one for a while there is no leader, or nobody knows
// where it is. Both are helped by finding whoever else is there.
void Node::seek_managers(Step& step) {
  if (link_.session() != 0) {
    seek_at_ = kNever;
    seek_pause_ = kSeekPauseMin;
    return;
  }
  if (seek_at_ == kNever) seek_at_ = step.now + kSeekAfter;
  if (step.now < seek_at_) return;
  seek_at_ = step.now + seek_pause_;
  seek_pause_ = std::min(seek_pause_ * 2, kSeekPauseMax);
  step.out.add(SeekManagers{});
}

}  // namespace es::node
