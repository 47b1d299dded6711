// One identity, one board: what a node does when two say that they are the same one (doorkeeper.h has the rules).
//
// The leader judges everybody but itself: a copy of the leader's own card cannot even speak to it, so that the followers judge
// who comes with the leader's identity. A board that is kept out runs no task, casts no vote, says nothing more, by gossip
// neither, and waits for its operator.

#include <utility>

#include "core/node/node.h"

namespace es::node {

namespace {

constexpr const char* kStaysOut =
    "another board runs with this node's identity (a copied SD card?): this one stays out; erase its data directory "
    "(`edgeswarm leave --force`) and join again";

// What counted as far under a copied identity is a few starts, never so many.
constexpr uint64_t kMaxStartsMissed = 1'000'000;

}  // namespace

bool Node::judges(NodeId node) const {
  if (!replica_ || replica_->is_halted() || node == membership_.node) return false;
  if (leader_) return true;
  const auto leader = replica_->leader();
  return leader && leader->node == node;
}

// What was found out in an older term is another leader's; who was kept out by it stays out by itself.
void Node::enter_door_term() {
  if (std::exchange(door_term_, replica_->raft().term()) != replica_->raft().term()) door_ = {};
}

bool Node::let_in(Step& step, NodeId from, const wire::Register& registration) {
  if (!judges(from)) return true;
  const auto row = replica_->tables().node(from);
  if (!row) return true;
  enter_door_term();
  door_.knows(from, {row->incarnation, row->earlier_incarnation}, !leader_);
  // A follower follows the leader: its appends are a sign of life, and its own row may be newer than the last look.
  if (!leader_) door_.heard(step.now, from);
  const uint64_t starts = door_.starts(from);
  switch (door_.registers(step.now, from, registration, step.prng)) {
    case Doorkeeper::Verdict::kWait: return false;
    case Doorkeeper::Verdict::kKeepOut:
      step.send_everywhere(from, registration.address, Duplicate{registration.incarnation, registration.starts});
      return false;
    case Doorkeeper::Verdict::kLetIn: break;
  }
  // A start whose count was not durable yet when the power went is counted again, so the same count means nothing.
  if (leader_ && registration.starts != 0 && registration.starts < starts) {
    step.log("node " + row->description.hostname + " (" + from.to_string() +
             ") starts from an older copy of its data directory: it may have lost what it had acknowledged since");
  }
  return true;
}

// What a board that is kept out says counts for nothing. To a leader of raft, neither does what a board says before it is let in while
// another one speaks for the node: above all no acknowledgement of an entry, which the other board may not have.
bool Node::is_another_board(NodeId from, const Message& message) {
  if (!replica_ || message.incarnation == 0 || std::holds_alternative<wire::Register>(message.body) ||
      std::holds_alternative<IdentityAnswer>(message.body)) {
    return false;
  }
  enter_door_term();
  if (door_.is_kept_out(from, message.incarnation)) return true;
  if (!replica_->leads() || !std::holds_alternative<raft::Message>(message.body)) return false;
  if (const auto row = replica_->tables().node(from)) door_.knows(from, {row->incarnation, row->earlier_incarnation});
  return !door_.may_speak(from, message.incarnation);
}

// A restart leads in a later term, so another start that leads in the same one is another board: two with one identity elected each other.
// The term ends, and with it what either of them leads; the next leader judges.
bool Node::is_another_leader(NodeId from, const raft::Message& message, uint64_t incarnation) {
  if (incarnation == 0 || !raft::is_from_leader(message.body) || message.term < replica_->raft().term()) return false;
  if (message.term != leaders_start_.term || leaders_start_.node != from) {
    leaders_start_ = {message.term, from, incarnation};
    return false;
  }
  if (leaders_start_.incarnation == incarnation) return false;
  replica_->raft().hear_of_rival(message.from);
  return true;
}

// It has not heard the verdict, or had no connection when it was said.
void Node::repeat_verdict(Step& step, NodeId from, uint64_t incarnation) {
  if (!door_.is_kept_out(from, incarnation) || step.now < next_verdict_) return;
  next_verdict_ = step.now + kQuestionPause;
  step.send_everywhere(from, {}, Duplicate{incarnation, 0});
}

void Node::keep_door(Step& step) {
  if (!replica_ || replica_->is_halted()) return;
  enter_door_term();
  for (const Doorkeeper::LetIn& in : door_.take_let_in(step.now)) {
    if (leader_) leader_->register_node(step, in.node, in.registration);
  }
  for (const Doorkeeper::Question& question : door_.take_questions(step.now)) {
    const auto row = replica_->tables().node(question.node);
    step.send_everywhere(question.node, row ? row->address : SocketAddress{}, IdentityQuestion{question.number});
  }
}

void Node::hear(Step& step, NodeId from, const IdentityQuestion& message) {
  step.send_everywhere(from, {}, IdentityAnswer{message.question, incarnation_, {}, 0});
}

void Node::hear(Step& step, NodeId from, const IdentityAnswer& message) {
  if (!judges(from)) return;
  const auto out = door_.answered(step.now, from, message.question, message.incarnation);
  if (!out) return;
  tell_kept_out(step, *out);
  if (out->let_in && leader_) leader_->register_node(step, from, *out->let_in);
}

// Both boards are told, if both have a connection; the copy also hears it when it registers again.
void Node::tell_kept_out(Step& step, const Doorkeeper::KeptOut& out) {
  const auto row = replica_->tables().node(out.node);
  const std::string name = row ? row->description.hostname + " (" + out.node.to_string() + ")" : out.node.to_string();
  const std::string where = out.registration.address.empty() ? "" : " at " + out.registration.address.to_string();
  step.log("node " + name + ": another board" + where +
           " runs with its identity (a copied SD card?) and is kept out; erase that board's data directory "
           "(`edgeswarm leave --force`) and join it again");
  step.send_everywhere(out.node, row ? row->address : SocketAddress{}, Duplicate{out.registration.incarnation, out.registration.starts});
}

void Node::hear(Step& step, NodeId, const Duplicate& message) {
  if (message.incarnation == incarnation_) return stay_out(step);
  // What the copy said by gossip, under a later start than this one's, would make this node's words look old.
  if (message.starts >= starts_.count && message.starts - starts_.count < kMaxStartsMissed) {
    starts_.count = message.starts + 1;
    save_starts();
    gossip_.raise_start(step.now, starts_.count);
  }
  copy_is_kept_out(step, message.incarnation);
}

void Node::copy_is_kept_out(Step& step, uint64_t incarnation) {
  if (std::exchange(duplicate_told_, incarnation) == incarnation) return;
  step.log("another board runs with a copy of this node's identity (a copied SD card?): it is kept out");
}

// The membership stays as it is until the operator acts: it is as good as the other board's.
void Node::stay_out(Step& step) {
  if (kept_out_) return;
  kept_out_ = kStaysOut;
  step.log(*kept_out_);
  agent_.stop_all(step.wall);
  leader_.reset();
  if (replica_) replica_->halt();
  release_early_requests(step);
  desk_.refuse_all(step, {Errc::kUnavailable, *kept_out_});
  certificate_retry_ = kNever;
  step.to_self.clear();
  for (const wire::ManagerAddress& manager : membership_.managers) link_.lost(step.now, manager.node);
  step.out.add(CloseTransport{});
}

}  // namespace es::node
