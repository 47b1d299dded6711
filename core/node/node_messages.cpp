// What each message means to the parts of a node. Whether its sender may say it was asked before (node_senders.cpp).

#include <algorithm>

#include "core/base/overloaded.h"
#include "core/node/node.h"

namespace es::node {

namespace {

bool same_nodes(const std::vector<wire::ManagerAddress>& a, const std::vector<wire::ManagerAddress>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.node == other.node && one.raft_id == other.raft_id;
  });
}

}  // namespace

void Node::hear(Step& step, const PeerIdentity& from, const SocketAddress& address, const Message& whole) {
  const NodeId sender = from.node;
  std::visit(Overloaded{
    [&](const raft::Message& message) {
      hear(sender, address, message, whole.incarnation);
      // Without a session the group's leader is the one to ask: those that this node knows may have been demoted while it was away.
      const bool from_leader = replica_ && replica_->raft().leader() == message.from;
      if (from_leader && link_.session() == 0) leader_named(step, replica_->raft().term(), {sender, message.from, address});
    },
    [&](const wire::JoinRequest& message) { ask_leader(step, sender, message); },
    [&](const wire::JoinReply& message) { desk_.join_reply(step, sender, message); },
    [&](const wire::CertificateRequest& message) { if (leader_) leader_->certificate_request(step, sender, message); },
    [&](const wire::CertificateReply& message) { hear(step, sender, message); },
    [&](const wire::Register& message) { hear(step, sender, message); },
    [&](const wire::SessionInfo& message) { hear(step, sender, message, whole.incarnation); },
    [&](const wire::Assignments& message) { hear(step, sender, message); },
    [&](const wire::StatusReport& message) {
      if (leader_ && leader_->report(step, sender, message)) door_.heard(step.now, sender);
    },
    [&](const wire::StatusAck& message) { if (follows(sender)) agent_.acknowledged(message); },
    [&](const CommandRequest& message) { ask_leader(step, sender, message); },
    [&](const CommandReply& message) { desk_.command_reply(step, sender, message); },
    [&](const LeaderHello& message) {
      if (message.leader.node != sender) return;
      manager_is_at(step, sender, message.leader.address);
      leader_named(step, message.term, message.leader);
    },
    [&](const NotLeader& message) { leader_named(step, message.term, message.leader); },
    [&](const Removed&) { end_membership(step, "it was removed from the swarm"); },
    [&](const Leaving&) { if (leader_) leader_->leaving(sender); },
    [&](const wire::SessionCheck& message) { hear(step, from, message); },
    [&](const wire::SessionState& message) { hear(step, sender, message); },
    [&](const IdentityQuestion& message) { hear(step, sender, message); },
    [&](const IdentityAnswer& message) { hear(step, sender, message); },
    [&](const Duplicate& message) { hear(step, sender, message); },
    [&](const HistoryNote& message) { hear(sender, message, whole.incarnation); },
    [&](const AnotherStart& message) { hear(step, message); },
  }, whole.body);
}

// What makes the disk write more is dropped while too much waits for it, as a network might; the
// leader sends it again. Votes and heartbeats are heard: a slow disk is no reason for an election.
void Node::hear(NodeId from, const SocketAddress& address, const raft::Message& message, uint64_t incarnation) {
  if (!replica_ || replica_->is_halted() || is_another_leader(from, message, incarnation)) return;
  const bool grows = std::holds_alternative<raft::Append>(message.body) ||
                     std::holds_alternative<raft::SnapshotChunk>(message.body);
  if (grows && writes_.is_full()) return writes_.held_back();
  replica_->receive(from, address, message);
}

// False when this node does not lead, or too many wait already.
bool Node::keep_early(NodeId from, Body body) {
  if (!replica_ || !replica_->leads() || early_requests_.size() == kMaxEarlyRequests) return false;
  early_requests_.emplace_back(from, Message{std::move(body)});
  return true;
}

void Node::ask_leader(Step& step, NodeId from, const CommandRequest& message) {
  if (leader_) return leader_->command(step, from, message);
  if (keep_early(from, message)) return;
  CommandReply reply;
  reply.request = message.request;
  reply.not_leader = true;
  step.send(from, {}, std::move(reply));
}

void Node::ask_leader(Step& step, NodeId from, const wire::JoinRequest& message) {
  if (leader_) return leader_->join(step, from, message);
  if (keep_early(from, message)) return;
  wire::JoinReply reply;
  reply.request = message.request;
  reply.error = "the managers are electing a leader, try again in a moment";
  step.send(from, {}, std::move(reply));
}

// By a manager that this node believes: so the one that it names is a manager too, also if it became one while this node was away.
void Node::leader_named(Step& step, uint64_t term, const wire::ManagerAddress& leader) {
  if (leader.node.empty()) return;
  vouched_for_ = leader.node;
  wire::ManagerAddress present = leader;
  present.address = present_address(leader);
  if (!link_.hinted(step.now, term, present)) return;
  if (const auto manager = link_.next_to_ask(step.now)) send_register(step, *manager);
}

void Node::send_register(Step& step, const wire::ManagerAddress& to) {
  step.send(to, wire::Register{options_.description, options_.address, incarnation_, starts_.count});
}

void Node::hear(Step& step, NodeId from, const wire::Register& message) {
  const bool in = let_in(step, from, message);
  if (leader_) {
    if (in) leader_->register_node(step, from, message);
    return;
  }
  NotLeader answer;
  if (replica_) {
    answer.term = replica_->raft().term();
    if (const auto leader = replica_->leader(); leader && leader->node != step.self) answer.leader = *leader;
  }
  step.send(from, message.address, std::move(answer));
}

void Node::hear(Step& step, NodeId from, const wire::SessionInfo& message, uint64_t incarnation) {
  if (message.role > NodeRole::kManager) return;
  if (message.incarnation != 0 && message.incarnation != incarnation_) return;  // to another board with this identity
  const bool new_session = message.session != link_.session();
  if (new_session) {
    wire::ManagerAddress leader{from, 0, {}};
    for (const wire::ManagerAddress& manager : message.managers) {
      if (manager.node == from) leader = manager;
    }
    const uint64_t last_term = link_.term();
    if (!link_.opened(step.now, message.session, leader)) return;
    if (link_.term() < last_term) {
      step.log("the leader's term is " + std::to_string(link_.term()) + " after " + std::to_string(last_term) +
               ": the managers have come back from older copies of their disks");
    }
    agent_.session_opened(message.session);
    session_incarnation_ = incarnation;
    another_start_.reset();
  } else if (!follows(from)) {
    return;
  }
  beliefs_ = message.beliefs;
  const wire::Membership before = membership_;
  membership_.time_floor = std::max(membership_.time_floor, message.time_floor);
  set_managers(step, message.managers);
  set_removed(message.removed_nodes);
  if (membership_.gossip_keys != message.gossip_keys) {
    membership_.gossip_keys = message.gossip_keys;
    step.out.add(UseGossipKeys{message.gossip_keys});
  }
  // Addresses alone can wait (see kMembershipPause); whom this node believes cannot. A manager that restarts without the new manager in its
  // list would refuse the votes of it, and have none without.
  const bool trust_changed = membership_.gossip_keys != before.gossip_keys ||
                             !same_nodes(membership_.managers, before.managers) ||
                             membership_.removed_nodes != before.removed_nodes ||
                             membership_.former_managers != before.former_managers;
  if (trust_changed) save_membership(step.now);
  take_role(step, message.role, message.raft_id);
}

void Node::hear(Step& step, NodeId from, const wire::Assignments& message) {
  if (!follows(from)) return;
  if (agent_.assign(step.wall, message)) return;
  agent_.session_closed();
  link_.reopen(step.now);
}

void Node::hear(Step& step, const PeerIdentity& from, const wire::SessionCheck& message) {
  if (leader_) {
    if (leader_->session_check(step, from.node, from.role, message)) door_.heard(step.now, from.node);
    return;
  }
  step.send(from.node, {}, wire::SessionState{});
}

void Node::hear(Step& step, NodeId from, const wire::SessionState& message) {
  if (!follows(from) || link_.session() == 0) return;  // it is being opened anew already
  link_.answered();
  if (agent_.is_whole(message)) return;
  agent_.session_closed();
  link_.reopen(step.now);
}

}  // namespace es::node
