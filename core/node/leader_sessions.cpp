// Sessions with agents, joining boards and certificates.

#include <algorithm>
#include <utility>

#include "core/node/leader.h"
#include "core/orchestrator/size.h"
#include "core/wire/codec.h"

namespace es::node {

namespace {

// The time floor alone is no news.
std::string comparable_bytes(wire::SessionInfo info) {
  info.time_floor = {};
  return wire::encode(info);
}

}  // namespace

// To all when the term begins. After that to those without a session, with growing pauses: they may have missed it, or know
// only addresses at which no manager is any more.
void Leader::say_hello(Step& step) {
  if (step.now < next_hello_) return;
  next_hello_ = kNever;
  const auto self = replica_.address_of(replica_.raft().id());
  ES_ASSERT(self.has_value());
  for (const auto& [id, node] : replica_.tables().rows<Node>()) {
    if (id == step.self ? greeted_ : liveness_.states().of(id) == NodeState::kReady) continue;
    step.send(id, node->address, LeaderHello{term_, *self});
    if (id != step.self) next_hello_ = step.now + hello_pause_;
  }
  greeted_ = true;
  hello_pause_ = std::min(hello_pause_ * 2, kHelloPauseMax);
}

// Once a second at most, while there is something new to compare.
void Leader::say_history(Step& step) {
  const state::Tables& tables = replica_.tables();
  if (history_said_at_ == tables.index() || step.now < next_history_) return;
  history_said_at_ = tables.index();
  next_history_ = step.now + kHistoryPause;
  const raft::Configuration& config = replica_.raft().config();
  for (const auto* members : {&config.voters, &config.learners}) {
    for (const raft::PeerId peer : *members) {
      const auto manager = replica_.address_of(peer);
      if (manager && manager->node != step.self) step.send(*manager, HistoryNote{term_, tables.index(), tables.history()});
    }
  }
}

void Leader::register_node(Step& step, NodeId from, const wire::Register& registration) {
  const auto node = replica_.tables().node(from);
  if (!node) {
    if (unknown_.size() < kMaxQueuedJoins) unknown_.insert(from);
    return;
  }
  if (node->manager) history_said_at_ = 0;  // it may have missed what was said
  if (node->manager && !registration.address.empty()) {
    replica_.add_address({from, node->manager->raft_id, registration.address});
  }
  const auto held = held_registrations_.find(from);
  (held == held_registrations_.end() ? registrations_[from] : held->second) = registration;
  incarnations_[from] = registration.incarnation;
  liveness_.heard(step.now, from);
  const uint64_t session = dispatcher_.open(from);
  const wire::SessionInfo info = session_info(from, session);
  sent_infos_[from] = comparable_bytes(info);
  step.send(from, registration.address, info);
}

wire::SessionInfo Leader::session_info(NodeId node, uint64_t session) const {
  wire::SessionInfo info;
  info.session = session;
  if (const auto known = incarnations_.find(node); known != incarnations_.end()) info.incarnation = known->second;
  info.managers = replica_.managers();
  const auto cluster = replica_.tables().cluster();
  info.gossip_keys = cluster->gossip_keys;
  info.time_floor = cluster->time_floor;
  info.removed_nodes = cluster->removed_nodes;
  if (const auto known = replica_.tables().node(node); known && known->manager) {
    // A manager that is being demoted stays one until raft has let it go: its vote counts until then.
    info.role = NodeRole::kManager;
    info.raft_id = known->manager->raft_id;
    info.beliefs = liveness_.beliefs();
  }
  return info;
}

// Agents that have a session hear when the managers, the keys or their own role change.
void Leader::send_session_infos(Step& step) {
  if (!std::exchange(infos_dirty_, false)) return;
  for (const auto& [node, session] : dispatcher_.sessions()) {
    wire::SessionInfo info = session_info(node, session);
    std::string encoded = comparable_bytes(info);
    std::string& sent = sent_infos_[node];
    if (sent == encoded) continue;
    sent = std::move(encoded);
    step.send(node, {}, std::move(info));
  }
}

void Leader::join(Step& step, NodeId via, wire::JoinRequest request) {
  const auto cluster = replica_.tables().cluster();
  const auto role = gate_.decide(step.now, request, cluster->join_secrets);
  JoinTicket ticket;
  ticket.via = via;
  ticket.request = std::move(request);
  if (!role.ok() || signing_.size() >= kMaxQueuedJoins) {
    answer_join(step, ticket, role.ok() ? "too many boards join at once, try again in a moment"
                                        : role.error().message);
    return;
  }
  ticket.node.id = NodeId::draw(step.prng);
  ticket.node.spec.role = *role;
  ticket.node.spec.availability = ticket.request.availability;
  ticket.node.certificate_role = *role;
  ticket.node.description = ticket.request.description;
  ticket.node.address = ticket.request.address;
  if (ticket.node.address.ip.empty()) ticket.node.address.ip = ticket.request.remote_ip;
  const Result<size_t> size = orchestrator::checked_size(ticket.node);
  if (!size.ok()) return answer_join(step, ticket, size.error().message);
  const PeerIdentity subject{cluster->id, ticket.node.id, *role};
  const std::string signing_request = ticket.request.signing_request;
  request_signature(step, signing_request, subject, std::move(ticket));
}

void Leader::certificate_request(Step& step, NodeId from, const wire::CertificateRequest& request) {
  const auto node = replica_.tables().node(from);
  if (!node || signing_.size() >= kMaxQueuedJoins || !certificates_.take(step.now, from)) return;  // the agent asks again
  const NodeRole role = node->manager ? NodeRole::kManager : NodeRole::kWorker;
  const PeerIdentity subject{replica_.tables().cluster()->id, from, role};
  request_signature(step, request.signing_request, subject, CertificateTicket{from, role, {}});
}

void Leader::request_signature(Step& step, const std::string& signing_request, const PeerIdentity& subject,
                               Ticket ticket) {
  const auto cluster = replica_.tables().cluster();
  SignCertificate sign;
  sign.request = ++last_ticket_;
  sign.signing_request = signing_request;
  sign.subject = subject;
  // A leader whose own clock starts in 1970 issues by the time that the cluster has seen (DESIGN D4). A new role is younger than all that
  // anybody has seen: a node that was away tells it from the old certificate by that (Node::is_news).
  const auto known = replica_.tables().node(subject.node);
  const bool is_new_role = known && known->certificate_role != subject.role;
  const WallTime issued = std::max(step.wall, cluster->time_floor + (is_new_role ? seconds(1) : Duration{}));
  if (is_new_role) last_issued_ = std::max(last_issued_, issued);
  sign.dates = identity::issue_dates(issued, cluster->spec.node_certificate_validity);
  sign.root_ca = cluster->root_ca;
  signing_.emplace(sign.request, std::move(ticket));
  step.out.add(std::move(sign));
}

void Leader::certificate_signed(Step& step, const CertificateSigned& outcome) {
  auto found = signing_.extract(outcome.request);
  if (found.empty()) return;  // of an earlier term
  Ticket& ticket = found.mapped();
  if (!outcome.certificate.ok()) {
    step.log("a certificate could not be signed: " + outcome.certificate.error().message);
    if (const auto* join = std::get_if<JoinTicket>(&ticket)) {
      answer_join(step, *join, outcome.certificate.error().message);
    }
    return;
  }
  std::visit([&](auto& any) { any.certificate = *outcome.certificate; }, ticket);
  signed_.push_back(std::move(ticket));
}

void Leader::answer_join(Step& step, const JoinTicket& ticket, const std::string& error) const {
  wire::JoinReply reply;
  reply.request = ticket.request.request;
  reply.error = error;
  if (error.empty()) {
    const auto cluster = replica_.tables().cluster();
    const auto node = replica_.tables().node(ticket.node.id);
    if (!node) return;  // removed within the same batch
    reply.membership.cluster = cluster->id;
    reply.membership.node = node->id;
    reply.membership.role = node->certificate_role;
    reply.membership.raft_id = node->manager ? node->manager->raft_id : 0;
    reply.membership.address = node->address;
    reply.membership.managers = replica_.managers();
    reply.membership.gossip_keys = cluster->gossip_keys;
    reply.membership.time_floor = cluster->time_floor;
    reply.membership.removed_nodes = cluster->removed_nodes;
    reply.certificate = ticket.certificate;
    reply.ca_certificate = cluster->root_ca.certificate;
  }
  step.send(ticket.via, {}, std::move(reply));
}

}  // namespace es::node
