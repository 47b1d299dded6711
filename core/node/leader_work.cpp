// What goes into a batch, in the order in which Leader::begin_batch asks for it.

#include <algorithm>
#include <utility>

#include "core/node/leader.h"
#include "core/orchestrator/size.h"
#include "core/state/bounds.h"

namespace es::node {

namespace {

template <class Id>
state::ObjectId object(const Id& id) {
  return state::ObjectId{id.bits};
}

// What the command itself writes; that a removed node stands on the cluster's list is part of it.
std::vector<state::ObjectId> objects_of(const orchestrator::Command& command, const std::string& answered_id,
                                        const state::Draft& draft) {
  std::vector<state::ObjectId> objects;
  if (const auto id = state::ObjectId::parse(answered_id)) objects.push_back(*id);
  if (std::holds_alternative<orchestrator::RemoveNode>(command)) objects.push_back(object(draft.cluster()->id));
  return objects;
}

}  // namespace

// Observations first: what ended frees what the commands of the same batch may need.
void Leader::work_reports(Step& step, state::Draft& draft) {
  for (auto& [from, report] : std::exchange(reports_, {})) {
    for (const auto& [id, seen] : report.seen) {
      const auto task = draft.task(id);
      if (!task || seen.state < task->status.state || seen == task->status) continue;
      if (seen.state == task->status.state && !rewordings_.take(step.now, from)) continue;
      Task observed = *task;
      observed.status = seen;
      draft.put(std::move(observed));
    }
    await(ReportDone{from, std::move(report)});
  }
}

void Leader::work_registrations(Step& step, state::Draft& draft) {
  for (const NodeId id : std::exchange(unknown_, {})) await(Unknown{id});
  if (step.now >= held_until_) {
    held_until_ = kNever;
    registrations_.merge(std::exchange(held_registrations_, {}));
  }
  for (auto& [id, registration] : std::exchange(registrations_, {})) {
    const auto known = draft.node(id);
    if (!known) continue;
    Node node = *known;
    node.description = registration.description;
    if (!registration.address.empty()) node.address = registration.address;
    if (registration.incarnation != 0 && registration.incarnation != node.incarnation) {
      const uint64_t replaced = std::exchange(node.incarnation, registration.incarnation);
      // One that comes back shows that the one between was a copy: that is no earlier start of this node.
      node.earlier_incarnation = node.earlier_incarnation == registration.incarnation ? 0 : replaced;
    }
    if (node == *known) continue;
    if (const Result<size_t> size = orchestrator::checked_size(node); !size.ok()) {
      step.log("what node " + id.to_string() + " says of itself is not kept: " + size.error().message);
      continue;
    }
    if (!registrations_allowed_.take(step.now, id)) {
      held_until_ = earlier(held_until_, registrations_allowed_.next(id));
      held_registrations_[id] = std::move(registration);
      continue;
    }
    draft.put(std::move(node));
    await(RegistrationDone{id, std::move(registration)}, {object(id)});
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
    await(DepartureDone{id}, {object(id)});
  }
}

void Leader::work_tickets(Step& step, state::Draft& draft) {
  for (Ticket& ticket : std::exchange(signed_, {})) {
    if (auto* join = std::get_if<JoinTicket>(&ticket)) {
      if (state::is_full<Node>(draft)) {
        answer_join(step, *join, "the swarm has as many nodes as it can hold");
        continue;
      }
      const NodeId id = join->node.id;
      draft.put(join->node);
      await(std::move(*join), {object(id)});
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
    const NodeId id = renewal.node;
    await(std::move(renewal), {object(id)});
  }
}

void Leader::work_seen_roles(state::Draft& draft) {
  for (const auto& [id, role] : std::exchange(seen_roles_, {})) {
    const auto known = draft.node(id);
    if (!known || known->spec.role != role || known->certificate_role == role) continue;
    Node node = *known;
    node.certificate_role = role;
    draft.put(std::move(node));
  }
}

void Leader::work_commands(Step& step, state::Draft& draft) {
  size_t bytes = 0;
  size_t state_bytes = replica_.state_bytes();
  for (size_t count = 0; count < kMaxCommandsPerBatch && !commands_.empty(); ++count) {
    bytes += commands_.front().bytes;
    if (count > 0 && bytes > kMaxCommandBytesPerBatch) break;
    QueuedCommand command = std::move(commands_.front());
    commands_.pop_front();
    command_bytes_ -= command.bytes;
    work_command(step, draft, state_bytes, std::move(command));
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

void Leader::work_command(Step& step, state::Draft& draft, size_t& state_bytes, QueuedCommand command) {
  CommandReply reply;
  reply.request = command.request.request;
  std::optional<Error> error = quorum_objection(step.now, draft, command.request.command);
  if (!error) {
    const orchestrator::CommandContext context{liveness_.states(), step.wall, step.prng, state_bytes};
    auto outcome = orchestrator::execute(command.request.command, draft, context);
    if (outcome.ok()) reply.answer = std::move(outcome).value();
    else error = std::move(outcome).error();
  }
  if (error) {
    reply.error_code = static_cast<uint8_t>(error->code) + 1;
    reply.error_message = std::move(error->message);
    return await(CommandDone{command.from, std::move(reply)});
  }
  std::vector<state::ObjectId> objects = objects_of(command.request.command, reply.answer.id, draft);
  await(CommandDone{command.from, std::move(reply)}, std::move(objects));
}

}  // namespace es::node
