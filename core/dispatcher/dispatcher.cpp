#include "core/dispatcher/dispatcher.h"

#include <utility>

#include "core/base/planted_bug.h"
#include "core/wire/codec.h"

namespace es::dispatcher {

uint64_t Dispatcher::open(NodeId node) {
  Session& session = sessions_[node];
  session = Session{};
  session.number = ++last_session_;
  dirty_.insert(node);
  return session.number;
}

bool Dispatcher::is_current(NodeId node, uint64_t session) const {
  const auto found = sessions_.find(node);
  return found != sessions_.end() &&
         (found->second.number == session || ES_PLANTED(stale_session_accepted));
}

bool Dispatcher::received_report(NodeId node, uint64_t sequence) {
  uint64_t& last = sessions_.at(node).report_sequence;
  if (sequence != last + 1) return false;
  last = sequence;
  return true;
}

wire::SessionState Dispatcher::state(NodeId node, const wire::SessionCheck& check) const {
  const Session& session = sessions_.at(node);
  return {session.number, session.sequence, session.report_sequence < check.report_sequence};
}

std::map<NodeId, uint64_t> Dispatcher::sessions() const {
  std::map<NodeId, uint64_t> all;
  for (const auto& [node, session] : sessions_) all.emplace(node, session.number);
  return all;
}

void Dispatcher::notice(const state::Event& event) {
  const auto* task = std::get_if<state::Altered<Task>>(&event);
  if (task == nullptr) return;
  const Task& object = task->object();
  if (object.node_id.empty()) return;
  // What the agent itself reported needs no echo. A global task has its node before the scheduler has agreed to it: that is news.
  const bool same = task->before && task->after && task->before->desired_state == task->after->desired_state &&
                    task->before->node_id == task->after->node_id &&
                    task->before->status.state >= TaskState::kAssigned;
  if (!same) dirty_.insert(object.node_id);
}

std::vector<Outgoing> Dispatcher::flush(const state::Tables& tables) {
  std::vector<Outgoing> out;
  for (const NodeId node : dirty_) {
    const auto session = sessions_.find(node);
    if (session != sessions_.end()) flush_session(tables, node, session->second, out);
  }
  dirty_.clear();
  return out;
}

void Dispatcher::flush_session(const state::Tables& tables, NodeId node, Session& session, std::vector<Outgoing>& out) {
  wire::Assignments next;
  size_t bytes = 0;
  const bool complete = session.sequence == 0;
  const auto send = [&](bool more) {
    next.session = session.number;
    next.sequence = ++session.sequence;
    next.complete = complete;
    next.more = more;
    bytes = 0;
    out.push_back({node, std::exchange(next, {})});
  };

  std::map<TaskId, TaskState> gone = session.sent;
  for (const auto& task : tables.tasks_of_node(node)) {
    gone.erase(task->id);
    // Unassigned yet (a global task has its node before the scheduler has agreed).
    if (task->status.state < TaskState::kAssigned) continue;
    const auto sent = session.sent.find(task->id);
    if (sent != session.sent.end() && sent->second == task->desired_state) continue;
    // An ended task that the agent does not know of this session: named all the same, or the complete set would make the agent
    // delete what is left of it (its logs) before the history does.
    session.sent[task->id] = task->desired_state;
    const size_t size = wire::encode(*task).size();
    if (!next.put.empty() && bytes + size > kMaxBytesPerMessage) send(complete);
    bytes += size;
    next.put.push_back(*task);
    if (next.put.size() == kMaxTasksPerMessage) send(complete);
  }
  for (const auto& [task, desired] : gone) {
    session.sent.erase(task);
    if (!ES_PLANTED(removal_not_assigned)) next.removed.push_back(task);
  }
  if (complete || !next.put.empty() || !next.removed.empty()) send(false);
}

}  // namespace es::dispatcher
