// What goes into a batch, in the order in which Leader::advance asks for it.

#include <algorithm>
#include <utility>

#include "core/node/leader.h"

namespace es::node {

// Observations first: what ended frees what the commands of the same batch may need.
void Leader::work_reports(state::Draft& draft) {
  for (auto& [from, report] : std::exchange(reports_, {})) {
    for (wire::TaskObservation& seen : report.observations) {
      const auto task = draft.task(seen.task);
      if (!task || task->node_id != from) continue;  // deleted meanwhile, or not this node's to speak of
      if (seen.status.state < task->status.state || seen.status == task->status) continue;
      Task observed = *task;
      observed.status = std::move(seen.status);
      draft.put(std::move(observed));
    }
    answers_.push_back(ReportDone{from, {report.session, report.sequence}});
  }
}

void Leader::work_registrations(state::Draft& draft) {
  for (auto& [id, registration] : std::exchange(registrations_, {})) {
    const auto known = draft.node(id);
    if (!known) continue;
    Node node = *known;
    node.description = std::move(registration.description);
    if (!registration.address.empty()) node.address = registration.address;
    if (!(node == *known)) draft.put(std::move(node));
  }
}

// A manager that goes of its own will leaves the quorum; a worker is only down.
void Leader::work_departures(state::Draft& draft) {
  for (const NodeId id : std::exchange(departures_, {})) {
    const auto known = draft.node(id);
    if (!known || known->spec.role == NodeRole::kWorker) continue;
    Node node = *known;
    node.spec.role = NodeRole::kWorker;
    draft.put(std::move(node));
  }
}

void Leader::work_tickets(state::Draft& draft) {
  for (Ticket& ticket : std::exchange(signed_, {})) {
    if (auto* join = std::get_if<JoinTicket>(&ticket)) {
      draft.put(join->node);
      answers_.push_back(std::move(*join));
      continue;
    }
    CertificateTicket& renewal = std::get<CertificateTicket>(ticket);
    const auto known = draft.node(renewal.node);
    if (!known) continue;
    if (known->certificate_role != renewal.role) {
      Node node = *known;
      node.certificate_role = renewal.role;
      draft.put(std::move(node));
    }
    answers_.push_back(std::move(renewal));
  }
}

void Leader::work_commands(Step& step, state::Draft& draft) {
  for (size_t count = 0; count < kMaxCommandsPerBatch && !commands_.empty(); ++count) {
    auto [from, request] = std::move(commands_.front());
    commands_.pop_front();
    CommandReply reply;
    reply.request = request.request;
    std::optional<Error> error = quorum_objection(request.command);
    if (!error) {
      const orchestrator::CommandContext context{liveness_.states(), step.wall, step.prng};
      auto outcome = orchestrator::execute(request.command, draft, context);
      if (outcome.ok()) reply.answer = std::move(outcome).value();
      else error = std::move(outcome).error();
    }
    if (error) {
      reply.error_code = static_cast<uint8_t>(error->code) + 1;
      reply.error_message = std::move(error->message);
    }
    answers_.push_back(CommandDone{from, std::move(reply)});
  }
}

// After the commands: a removal among them makes the keys known to a stranger.
void Leader::work_gossip_keys(Step& step, state::Draft& draft) {
  const auto before = replica_.tables().cluster();
  const auto drafted = draft.cluster();
  const bool removal = drafted != before && drafted->removed_nodes != before->removed_nodes;
  if (!removal && step.now < gossip_keys_.next_deadline()) return;
  Cluster cluster = *drafted;
  const bool news = removal && !std::exchange(cluster.gossip_keys_known, true);
  if (removal) gossip_keys_.removed(step.now, cluster);
  if (gossip_keys_.work(step, cluster) || news) draft.put(std::move(cluster));
}

// PARITY §1 Raft: a demotion or removal that would leave the managers without a majority that answers is refused.
std::optional<Error> Leader::quorum_objection(const orchestrator::Command& command) const {
  const auto* update = std::get_if<orchestrator::UpdateNode>(&command);
  if (update == nullptr || update->spec.role == NodeRole::kManager) return std::nullopt;
  const auto node = replica_.tables().node(update->id);
  if (!node || node->spec.role == NodeRole::kWorker || !node->manager) return std::nullopt;
  const raft::Raft& raft = replica_.raft();
  if (!raft::is_voter(raft.config(), node->manager->raft_id)) return std::nullopt;
  size_t answering = 0;
  for (const raft::PeerId voter : raft.config().voters) {
    if (voter == node->manager->raft_id) continue;
    const auto status = raft.progress(voter);
    answering += voter == raft.id() || (status && status->recent_active);
  }
  const size_t remaining = raft.config().voters.size() - 1;
  if (remaining == 0 || answering >= raft::quorum_of(remaining)) return std::nullopt;
  return Error{Errc::kPrecondition,
               "can't remove member from the raft: this would result in a loss of quorum"};
}

}  // namespace es::node
