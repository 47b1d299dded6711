#include "core/node/leader.h"

#include <utility>

namespace es::node {

Leader::Leader(Step& step, Replica& replica, NodeLiveness liveness, uint16_t gossip_port)
    : replica_(replica),
      term_(replica.raft().term()),
      loop_(step.prng.next()),
      dispatcher_(term_),
      liveness_(std::move(liveness)),
      gossip_port_(gossip_port),
      gossip_keys_(step.now, step.wall, *replica.tables().cluster()) {
  for (const auto& [id, node] : replica.tables().rows<es::Node>()) liveness_.admit(step.now, id);
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

void Leader::report(Step& step, NodeId from, wire::StatusReport report) {
  if (!dispatcher_.is_current(from, report.session)) return;
  liveness_.heard(step.now, from);
  dispatcher_.received_report(from, report.sequence);
  reports_.emplace_back(from, std::move(report));
}

void Leader::session_check(Step& step, NodeId from, const wire::SessionCheck& check) {
  // An answer for another session makes the agent open a new one.
  const bool current = dispatcher_.is_current(from, check.session);
  if (current) liveness_.heard(step.now, from);
  step.send(from, {}, current ? dispatcher_.state(from, check) : wire::SessionState{});
}

void Leader::leaving(NodeId from) {
  departures_.push_back(from);
  liveness_.said_goodbye(from);
}

void Leader::judge_nodes(Step& step) {
  if (liveness_.refresh(step.now)) {
    dirty_ = true;
    hello_pause_ = kHelloPauseMin;
    next_hello_ = earlier(next_hello_, step.now + hello_pause_);
  }
  infos_dirty_ = liveness_.take_news_of_beliefs() || infos_dirty_;
  for (const NodeId id : liveness_.take_unconfirmed()) {
    const auto node = replica_.tables().node(id);
    if (node) step.log("node " + node->description.hostname + " (" + id.to_string() + "): " +
                       to_sentence(wire::LivenessDoubt::kGossipSilent, gossip_port_));
  }
}

void Leader::applied(Step& step, const ReplicaOutput& output) {
  for (const state::Event& event : output.events) {
    dirty_ = true;
    dispatcher_.notice(event);
    if (!std::holds_alternative<state::Altered<Task>>(event) &&
        !std::holds_alternative<state::Altered<Service>>(event)) {
      infos_dirty_ = true;
    }
    const auto* node = std::get_if<state::Altered<Node>>(&event);
    if (node != nullptr && !node->removed()) liveness_.admit(step.now, node->after->id);
    if (node != nullptr && node->removed()) {
      liveness_.forget(node->before->id);
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
         !departures_.empty() || now >= loop_deadline_ || now >= gossip_keys_.next_deadline();
}

void Leader::advance(Step& step) {
  judge_nodes(step);
  say_hello(step);
  // A change of the members that was committed alters no table, and frees appoint_managers() and the next change all the same.
  if (std::exchange(members_changing_, replica_.raft().change_pending()) && !members_changing_) dirty_ = true;
  if (!awaited_change_ && has_work(step.now)) {
    state::Draft draft(replica_.tables());
    work_reports(draft);
    work_registrations(draft);
    work_departures(draft);
    work_tickets(draft);
    work_commands(step, draft);
    work_gossip_keys(step, draft);
    appoint_managers(draft);
    loop_deadline_ = loop_.run(draft, liveness_.states(), step.now, step.wall);
    scheduler_.run(draft, liveness_.states(), step.now, step.wall);
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
  const Instant next = earlier(liveness_.next_deadline(), next_hello_);
  return awaited_change_ ? next : earlier(earlier(loop_deadline_, gossip_keys_.next_deadline()), next);
}

}  // namespace es::node
