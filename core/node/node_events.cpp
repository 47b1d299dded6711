// What each event means to the parts of a node.

#include "core/identity/node_words.h"
#include "core/node/node.h"

namespace es::node {

void Node::on(Step& step, const PeerMessage& event) {
  if (kept_out_) return;
  const identity::Sender sender = sender_of(event.from, step.now);
  if (!may_say(event.from, kind_of(event.message.body), step.now)) return turn_away(step, sender, event.from.node);
  if (event.from.node == step.self) return hear_namesake(step, event.message);
  if (!keeps_to_the_leader(step, event.from.node, event.message)) {
    ++refused_messages_;
    return;
  }
  if (is_another_board(event.from.node, event.message)) {
    ++refused_messages_;
    return repeat_verdict(step, event.from.node, event.message.incarnation);
  }
  // Not of one that is believed only because nobody else has spoken for long: it would lose its standing by its first word.
  if (sender_of(event.from, manager_heard_) >= identity::Sender::kManager) manager_heard_ = step.now;
  if (const auto* registration = std::get_if<wire::Register>(&event.message.body)) {
    if (!is_sound(step, event.from.node, *registration)) return;
  }
  if (const auto* report = std::get_if<wire::StatusReport>(&event.message.body)) {
    return hear(step, event.from, event.address, {tidied(*report), event.message.incarnation});
  }
  hear(step, event.from, event.address, event.message);
}

// Its own words about itself; said once in a while that they are not taken.
bool Node::is_sound(Step& step, NodeId node, const wire::Register& registration) {
  Status sound = identity::check_description(registration.description);
  if (sound.ok() && !registration.address.ip.empty()) sound = identity::check_address(registration.address);
  if (sound.ok()) return true;
  ++refused_messages_;
  if (step.now >= next_word_logged_) {
    next_word_logged_ = step.now + kRefusalLogPause;
    step.log("node " + node.to_string() + " is not let in: " + sound.error().message);
  }
  return false;
}

wire::StatusReport Node::tidied(wire::StatusReport report) {
  if (report.observations.size() > agent::kMaxTasks) report.observations.resize(agent::kMaxTasks);
  std::erase_if(report.observations, [](wire::TaskObservation& seen) { return !identity::tidy_observation(seen.status); });
  return report;
}

void Node::on(Step& step, const PeerRefused& event) {
  if (kept_out_) return;
  turn_away(step, sender_of(event.from, step.now), event.from.node);
}

void Node::on(Step& step, const StrangerMessage& event) {
  const auto* request = std::get_if<wire::JoinRequest>(&event.message.body);
  if (request == nullptr) {
    ++refused_messages_;
    return;
  }
  const std::optional<std::string> trouble = kept_out_ ? kept_out_ : disk_trouble();
  if (!replica_ || trouble) {
    wire::JoinReply refusal;
    refusal.request = request->request;
    refusal.error = trouble ? *trouble
                            : "this node is not a manager; join through one of the managers";
    step.out.add(AnswerStranger{event.connection, {std::move(refusal)}});
    return;
  }
  wire::JoinRequest forwarded = *request;
  forwarded.remote_ip = event.remote_ip;
  desk_.join(step, event.connection, std::move(forwarded));
}

void Node::on(Step& step, const PeerLost& event) {
  if (kept_out_) return;
  door_.lost(event.node);
  if (replica_) replica_->peer_lost(event.node);
  if (link_.lost(step.now, event.node)) agent_.session_closed();
}

void Node::on(Step& step, const GossipDatagram& event) {
  if (!kept_out_) gossip_.receive(step.now, event.from, event.bytes);
}

void Node::on(Step& step, const GossipSync& event) {
  if (!kept_out_) gossip_.receive_sync(step.now, event.bytes);
}

void Node::on(Step& step, const TaskPrepared& event) { agent_.prepared(step.wall, event.task, event.outcome); }

void Node::on(Step& step, const ContainerChanged& event) {
  agent_.container_event(step.wall, event.task, event.event);
}

void Node::on(Step& step, const ClientCommand& event) {
  if (kept_out_) step.out.add(AnswerCommand{event.request, Error{Errc::kUnavailable, *kept_out_}});
  else if (const auto trouble = disk_trouble()) step.out.add(AnswerCommand{event.request, Error{Errc::kIo, *trouble}});
  else if (replica_) desk_.command(step, event.request, event.command);
  else step.out.add(AnswerCommand{event.request, unavailable("this node is not a swarm manager")});
}

void Node::on(Step& step, const ClientRead& event) {
  if (kept_out_) step.out.add(AnswerRead{event.request, Error{Errc::kUnavailable, *kept_out_}});
  else if (disk_trouble_) step.out.add(AnswerRead{event.request, Error{Errc::kIo, *disk_trouble_}});
  else if (replica_) desk_.read(step, event.request);
  else step.out.add(AnswerRead{event.request, unavailable("this node is not a swarm manager")});
}

void Node::on(Step& step, const CertificateSigned& event) {
  if (leader_) leader_->certificate_signed(step, event);
}

void Node::on(Step& step, const SigningRequestMade& event) {
  if (!link_.leader()) return;
  certificate_asked_ = true;
  step.send(*link_.leader(), wire::CertificateRequest{event.signing_request});
}

void Node::on(Step& step, const CertificateInstalled& event) { certificate_installed(step, event.status); }

void Node::on(Step& step, const CertificateRenewalDue&) {
  if (kept_out_) return;
  certificate_retry_ = step.now;
}

void Node::on(Step& step, const DescriptionChanged& event) {
  if (options_.description == event.description) return;
  options_.description = event.description;
  agent_.set_offered(event.description.resources);
  agent_.session_closed();
  link_.reopen(step.now);
}

void Node::on(Step& step, const LeaveRequested&) {
  if (link_.leader()) step.send(*link_.leader(), Leaving{});  // never of one that is kept out: it has no leader
  end_membership(step, "it left the swarm");
}

// All that time brings about happens in settle().
void Node::on(Step& step, const Tick&) {
  if (step.now < certificate_retry_) return;
  certificate_retry_ = step.now + kCertificateRetry;
  step.out.add(MakeSigningRequest{});
}

}  // namespace es::node
