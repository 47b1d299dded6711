#include "core/node/leader.h"

#include <utility>

namespace es::node {

Leader::Leader(Step& step, Replica& replica, state::Liveness liveness)
    : replica_(replica),
      term_(replica.raft().term()),
      loop_(step.prng.next()),
      dispatcher_(term_),
      liveness_(std::move(liveness)),
      grace_ends_(step.now + kUnknownGrace) {
  say_hello(step);
}

void Leader::command(Step& step, NodeId from, CommandRequest request) {
  if (commands_.size() == kMaxQueuedCommands) {
    CommandReply refusal;
    refusal.request = request.request;
    refusal.error_code = static_cast<uint8_t>(Errc::kLimit) + 1;
    refusal.error_message = "The leader has too many requests under way. Ask again in a moment.";
    step.send(from, {}, std::move(refusal));
    return;
  }
  commands_.emplace_back(from, std::move(request));
}

void Leader::report(NodeId from, wire::StatusReport report) {
  if (!dispatcher_.is_current(from, report.session)) return;
  dispatcher_.received_report(from, report.sequence);
  reports_.emplace_back(from, std::move(report));
}

void Leader::session_check(Step& step, NodeId from, const wire::SessionCheck& check) {
  // An answer for another session makes the agent open a new one.
  const bool current = dispatcher_.is_current(from, check.session);
  step.send(from, {}, current ? dispatcher_.state(from, check) : wire::SessionState{});
}

void Leader::leaving(NodeId from) {
  departures_.push_back(from);
  set_liveness(from, NodeState::kDown);
}

void Leader::lost_sight_of(Instant now, NodeId node) {
  if (liveness_.of(node) == NodeState::kDown || down_at_.contains(node)) return;
  set_liveness(node, NodeState::kDisconnected);
  down_at_[node] = now + kDownGrace;
}

void Leader::end_graces(Instant now) {
  if (now >= grace_ends_) {
    grace_ends_ = kNever;
    for (const auto& [id, node] : replica_.tables().rows<es::Node>()) {
      if (liveness_.of(id) == NodeState::kUnknown) set_liveness(id, NodeState::kDown);
    }
  }
  std::vector<NodeId> down;
  for (const auto& [id, at] : down_at_) {
    if (now >= at) down.push_back(id);
  }
  for (const NodeId id : down) set_liveness(id, NodeState::kDown);
}

void Leader::set_liveness(NodeId node, NodeState state) {
  down_at_.erase(node);
  if (liveness_.of(node) == state) return;
  liveness_.set(node, state);
  dirty_ = true;
}

void Leader::applied(Step& step, const ReplicaOutput& output) {
  for (const state::Event& event : output.events) {
    dirty_ = true;
    dispatcher_.notice(event);
    if (!std::holds_alternative<state::Altered<Task>>(event) &&
        !std::holds_alternative<state::Altered<Service>>(event)) {
      infos_dirty_ = true;
    }
    if (const auto* node = std::get_if<state::Altered<Node>>(&event); node != nullptr && node->removed()) {
      liveness_.forget(node->before->id);
      down_at_.erase(node->before->id);
      dispatcher_.close(node->before->id);
      step.send(node->before->id, node->before->address, Removed{});
    }
  }
  for (const AppliedEntry& entry : output.applied) {
    if (awaited_change_ && entry.id.origin == step.self && entry.id.sequence == *awaited_change_) {
      finish_batch(step, entry.refused);
    }
  }
}

bool Leader::has_work(Instant now) const {
  return dirty_ || !commands_.empty() || !reports_.empty() || !registrations_.empty() || !signed_.empty() ||
         !departures_.empty() || now >= loop_deadline_;
}

void Leader::advance(Step& step) {
  end_graces(step.now);
  // A change of the members that was committed alters no table, and frees appoint_managers() and the next change all the same.
  if (std::exchange(members_changing_, replica_.raft().change_pending()) && !members_changing_) dirty_ = true;
  if (!awaited_change_ && has_work(step.now)) {
    state::Draft draft(replica_.tables());
    work_reports(draft);
    work_registrations(draft);
    work_departures(draft);
    work_tickets(draft);
    work_commands(step, draft);
    appoint_managers(draft);
    loop_deadline_ = loop_.run(draft, liveness_, step.now, step.wall);
    scheduler_.run(draft, liveness_, step.now, step.wall);
    dirty_ = false;
    propose(step, draft);
  }
  change_members(step);
  members_changing_ = replica_.raft().change_pending();
  dispatch(step);
  send_session_infos(step);
}

void Leader::propose(Step& step, state::Draft& draft) {
  std::vector<std::vector<state::Action>> parts = state::split(draft.take_actions());
  if (parts.empty()) {
    finish_batch(step, std::nullopt);
    return;
  }
  std::optional<Error> failure;
  for (std::vector<state::Action>& actions : parts) {
    state::Change change;
    // A sequence never repeats, also not after this node led before: the term stands in its upper half.
    change.id = {step.self, (term_ << 32) | ++last_change_};
    change.stamped_at = step.wall;
    change.actions = std::move(actions);
    const auto proposed = replica_.propose(change);
    if (!proposed.ok()) {
      failure = proposed.error();
      dirty_ = true;
      break;
    }
    awaited_change_ = change.id.sequence;
  }
  if (failure && !awaited_change_) finish_batch(step, failure);
}

void Leader::finish_batch(Step& step, const std::optional<Error>& failure) {
  awaited_change_.reset();
  for (Answer& answer : std::exchange(answers_, {})) {
    if (auto* command = std::get_if<CommandDone>(&answer)) {
      if (failure && command->reply.error_code == 0) {
        command->reply.error_code = static_cast<uint8_t>(failure->code) + 1;
        command->reply.error_message = failure->message;
      }
      command->reply.applied_index = replica_.applied_index();
      step.send(command->to, {}, std::move(command->reply));
    } else if (auto* report = std::get_if<ReportDone>(&answer)) {
      if (!failure) step.send(report->to, {}, report->ack);
    } else if (auto* join = std::get_if<JoinTicket>(&answer)) {
      answer_join(step, *join, failure ? failure->message : std::string());
    } else {
      const CertificateTicket& ticket = std::get<CertificateTicket>(answer);
      if (!failure) step.send(ticket.node, {}, wire::CertificateReply{ticket.role, ticket.certificate});
    }
  }
}

void Leader::dispatch(Step& step) {
  for (dispatcher::Outgoing& out : dispatcher_.flush(replica_.tables())) {
    const auto node = replica_.tables().node(out.to);
    step.send(out.to, node ? node->address : SocketAddress{}, std::move(out.assignments));
  }
}

Instant Leader::next_deadline() const {
  Instant next = grace_ends_;
  for (const auto& [id, at] : down_at_) next = earlier(next, at);
  return awaited_change_ ? next : earlier(loop_deadline_, next);
}

}  // namespace es::node
