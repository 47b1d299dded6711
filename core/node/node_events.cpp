// What each event means to the parts of a node.

#include "core/node/node.h"

namespace es::node {

void Node::on(Step& step, const PeerMessage& event) {
  if (event.from.cluster != membership_.cluster) return;  // the transport checked it; a node of two clusters would be a bug there
  if (is_removed(event.from.node)) {
    step.send(event.from.node, {}, Removed{});
    step.out.add(Disconnect{event.from.node});
    return;
  }
  hear(step, event.from, event.address, event.message.body);
}

void Node::on(Step& step, const StrangerMessage& event) {
  const auto* request = std::get_if<wire::JoinRequest>(&event.message.body);
  if (request == nullptr) return;
  if (!replica_ || disk_trouble_) {
    wire::JoinReply refusal;
    refusal.request = request->request;
    refusal.error = disk_trouble_ ? *disk_trouble_
                                  : "this node is not a manager; join through one of the managers";
    step.out.add(AnswerStranger{event.connection, {std::move(refusal)}});
    return;
  }
  wire::JoinRequest forwarded = *request;
  forwarded.remote_ip = event.remote_ip;
  desk_.join(step, event.connection, std::move(forwarded));
}

void Node::on(Step& step, const PeerLost& event) {
  if (replica_) replica_->peer_lost(event.node);
  if (link_.lost(step.now, event.node)) agent_.session_closed();
}

void Node::on(Step& step, const GossipDatagram& event) { gossip_.receive(step.now, event.from, event.bytes); }

void Node::on(Step& step, const GossipSync& event) { gossip_.receive_sync(step.now, event.bytes); }

void Node::on(Step& step, const TaskPrepared& event) { agent_.prepared(step.wall, event.task, event.outcome); }

void Node::on(Step& step, const ContainerChanged& event) {
  agent_.container_event(step.wall, event.task, event.event);
}

void Node::on(Step& step, const ClientCommand& event) {
  if (disk_trouble_) step.out.add(AnswerCommand{event.request, Error{Errc::kIo, *disk_trouble_}});
  else if (replica_) desk_.command(step, event.request, event.command);
  else step.out.add(AnswerCommand{event.request, unavailable("this node is not a swarm manager")});
}

void Node::on(Step& step, const ClientRead& event) {
  if (disk_trouble_) step.out.add(AnswerRead{event.request, Error{Errc::kIo, *disk_trouble_}});
  else if (replica_) desk_.read(step, event.request);
  else step.out.add(AnswerRead{event.request, unavailable("this node is not a swarm manager")});
}

void Node::on(Step& step, const CertificateSigned& event) {
  if (leader_) leader_->certificate_signed(step, event);
}

void Node::on(Step& step, const SigningRequestMade& event) {
  if (link_.leader()) step.send(*link_.leader(), wire::CertificateRequest{event.signing_request});
}

void Node::on(Step& step, const CertificateRenewalDue&) {
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
  if (link_.leader()) step.send(*link_.leader(), Leaving{});
  end_membership(step, "it left the swarm");
}

// All that time brings about happens in settle().
void Node::on(Step& step, const Tick&) {
  if (step.now < certificate_retry_) return;
  certificate_retry_ = step.now + kCertificateRetry;
  step.out.add(MakeSigningRequest{});
}

}  // namespace es::node
