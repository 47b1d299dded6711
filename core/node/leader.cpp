#include "core/node/leader.h"

#include <algorithm>
#include <utility>

#include "core/base/planted_bug.h"
#include "core/orchestrator/size.h"
#include "core/state/bounds.h"

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

void Leader::refuse(Step& step, NodeId to, uint64_t request, const Error& error) const {
  CommandReply refusal;
  refusal.request = request;
  refusal.error_code = static_cast<uint8_t>(error.code) + 1;
  refusal.error_message = error.message;
  step.send(to, {}, std::move(refusal));
}

void Leader::command(Step& step, NodeId from, CommandRequest request) {
  const auto bytes = orchestrator::checked_size(request.command);
  if (!bytes.ok()) return refuse(step, from, request.request, bytes.error());
  if (commands_.size() == kMaxQueuedCommands || command_bytes_ + *bytes > kMaxQueuedCommandBytes) {
    return refuse(step, from, request.request,
                  {Errc::kLimit, "The leader has too many requests under way. Ask again in a moment."});
  }
  command_bytes_ += *bytes;
  commands_.push_back({from, std::move(request), *bytes});
}

bool Leader::report(Step& step, NodeId from, const wire::StatusReport& report) {
  if (!dispatcher_.is_current(from, report.session)) return false;
  liveness_.heard(step.now, from);
  // An acknowledgement is one of all reports before, too.
  if (!dispatcher_.received_report(from, report.sequence)) {
    step.send(from, {}, dispatcher_.state(from, {report.session, report.sequence}));
    return true;
  }
  Report heard{report.session, report.sequence, {}};
  for (const wire::TaskObservation& seen : report.observations) {
    // Deleted meanwhile, or not this node's to speak of.
    const auto task = replica_.tables().task(seen.task);
    if (!task || task->node_id != from) continue;
    TaskStatus& status = heard.seen[seen.task];
    status = seen.status;
    for (std::string* text : {&status.message, &status.err, &status.container.container_id}) {
      if (text->size() > kMaxObservedTextBytes) text->resize(kMaxObservedTextBytes);
    }
  }
  take_report(from, std::move(heard));
  return true;
}

bool Leader::session_check(Step& step, NodeId from, NodeRole certificate, const wire::SessionCheck& check) {
  // An answer for another session makes the agent open a new one.
  const bool current = dispatcher_.is_current(from, check.session);
  if (current) liveness_.heard(step.now, from);
  step.send(from, {}, current ? dispatcher_.state(from, check) : wire::SessionState{});
  // While its certificate says another role than it should have, what it was told of that may have gone with a connection.
  const auto node = replica_.tables().node(from);
  const NodeRole role = node && node->manager ? NodeRole::kManager : NodeRole::kWorker;
  if (current && node && node->certificate_role != role) step.send(from, {}, session_info(from, check.session));
  // A certificate for the other role was written down and never arrived, and the node is to be what it was all the time.
  if (current && node && node->certificate_role != certificate && node->spec.role == certificate) seen_roles_[from] = certificate;
  return current;
}

void Leader::leaving(NodeId from) {
  departures_.insert(from);
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
      incarnations_.erase(node->before->id);
      held_registrations_.erase(node->before->id);
      for (Allowance* one : {&certificates_, &registrations_allowed_, &rewordings_}) one->forget(node->before->id);
      dispatcher_.close(node->before->id);
      step.send(node->before->id, node->before->address, Removed{});
    }
  }
  for (const AppliedEntry& entry : output.applied) {
    if (!batch_ || entry.id.origin != step.self || !batch_->applied(entry.id.sequence, entry.refused)) continue;
    if (entry.refused) {
      step.log("a change was refused: " + entry.refused->message);
      refused(step.now);
    }
  }
  for (const raft::ReadResult& read : output.reads) {
    if (!confirmation_ || read.context != *confirmation_) continue;
    confirmation_.reset();
    if (read.confirmed) batch_->confirm();
  }
  finish_parts(step);
}

// A batch begins when the log has room for it, so that what was taken in can also be written.
bool Leader::may_begin() const { return !batch_ && pause_ends_ == kNever && replica_.has_room(); }

void Leader::refused(Instant now) {
  dirty_ = true;
  pause_ends_ = now + kRefusalPause;
}

bool Leader::has_work(Instant now) const {
  return dirty_ || now >= held_until_ || !commands_.empty() || !reports_.empty() || !registrations_.empty() || !signed_.empty() ||
         !departures_.empty() || !unknown_.empty() || !seen_roles_.empty() || now >= loop_deadline_ || now >= gossip_keys_.next_deadline();
}

void Leader::advance(Step& step) {
  judge_nodes(step);
  say_hello(step);
  say_history(step);
  watch_peers(step.now);
  // A change of the members that was committed alters no table, and frees appoint_managers() and the next change all the same.
  if (std::exchange(members_changing_, replica_.raft().change_pending()) && !members_changing_) dirty_ = true;
  if (step.now >= pause_ends_) pause_ends_ = kNever;
  if (may_begin() && has_work(step.now)) begin_batch(step);
  if (batch_) {
    propose_parts(step);
    confirm_batch(step);
    finish_parts(step);
  }
  change_members(step);
  members_changing_ = replica_.raft().change_pending();
  dispatch(step);
  send_session_infos(step);
}

void Leader::begin_batch(Step& step) {
  state::Draft draft(replica_.tables());
  work_reports(step, draft);
  work_registrations(step, draft);
  work_departures(draft);
  work_tickets(step, draft);
  work_seen_roles(draft);
  work_commands(step, draft);
  work_gossip_keys(step, draft);
  appoint_managers(draft);
  loop_deadline_ = loop_.run(draft, liveness_.states(), step.now, step.wall);
  scheduler_.run(draft, liveness_.states(), step.now, step.wall);
  dirty_ = false;
  std::vector<state::Action> actions = draft.take_actions();
  hold_back_surplus_tasks(step, actions);
  if (!actions.empty() || !answers_.empty()) batch_.emplace(std::move(actions));
}

// At the bound of the tables new tasks wait until others are gone: the loop makes them then.
void Leader::hold_back_surplus_tasks(Step& step, std::vector<state::Action>& actions) {
  const auto& rows = replica_.tables().rows<Task>();
  if (rows.size() + actions.size() <= state::kMaxRows) {
    told_full_ = false;
    return;
  }
  size_t room = state::kMaxRows - std::min(state::kMaxRows, rows.size());
  const size_t held_back = std::erase_if(actions, [&](const state::Action& action) {
    const auto* whole = std::get_if<Task>(&action);
    const bool is_new = std::holds_alternative<state::TaskOfService>(action) ||
                        (whole != nullptr && whole->meta.version.index == 0);
    if (!is_new) return false;
    if (room == 0) return true;
    --room;
    return false;
  });
  if (held_back > 0 && !std::exchange(told_full_, true)) {
    step.log("the swarm has " + std::to_string(rows.size()) + " tasks, with their history; " +
             std::to_string(held_back) + " more wait until others are gone");
  }
}

// What finds no room (or a leader that hands over, and may yet go on) is tried again with the next step.
void Leader::propose_parts(Step& step) {
  while (state::Change* change = batch_->next()) {
    // A sequence never repeats, also not after this node led before: the term stands in its upper half.
    change->id = {step.self, (term_ << 32) | ++last_change_};
    change->stamped_at = std::max(step.wall, last_issued_);  // the change that tells of a certificate is not older than it
    const auto proposed = replica_.propose(*change);
    if (proposed.ok()) {
      batch_->proposed();
      continue;
    }
    if (proposed.error().code != Errc::kInvalid || !batch_->drop_next(proposed.error())) return;
    step.log("a change is dropped: " + proposed.error().message);
    refused(step.now);
  }
}

// Answers of which nothing was written are true if this node leads still: a quorum is asked once for all of them (thesis §6.4).
void Leader::confirm_batch(Step& step) {
  if (confirmation_ || !batch_->is_empty() || batch_->is_over()) return;
  if (ES_PLANTED(no_op_answered_without_quorum)) return batch_->confirm();
  const uint64_t context = step.prng.next();
  if (replica_.raft().read(context).ok()) confirmation_ = context;
}

void Leader::dispatch(Step& step) {
  for (dispatcher::Outgoing& out : dispatcher_.flush(replica_.tables())) {
    const auto node = replica_.tables().node(out.to);
    step.send(out.to, node ? node->address : SocketAddress{}, std::move(out.assignments));
  }
}

Instant Leader::next_deadline() const {
  Instant next = earlier(earlier(liveness_.next_deadline(), next_hello_), pause_ends_);
  if (history_said_at_ != replica_.tables().index()) next = earlier(next, next_history_);
  return may_begin() ? earlier(earlier(loop_deadline_, held_until_), earlier(gossip_keys_.next_deadline(), next)) : next;
}

}  // namespace es::node
