#include "core/node/desk.h"

#include "core/base/planted_bug.h"

#include <utility>

#include "core/orchestrator/size.h"

namespace es::node {

namespace {

const Error kLeaderLost{Errc::kUnavailable,
                        "The leader was lost before it answered. Look whether the change was made, and ask again if not."};
const Error kTooManyBytes{Errc::kLimit, "This manager has " + std::to_string(kMaxWaitingCommandBytes) +
                                            " bytes of requests under way already. Ask again in a moment."};

}  // namespace

void Desk::command(Step& step, uint64_t client_request, orchestrator::Command command) {
  // What can never fit is refused here, and alone: no queue has to carry it, and no leader to be found.
  const auto bytes = orchestrator::checked_size(command);
  if (!bytes.ok()) return step.out.add(AnswerCommand{client_request, bytes.error()});
  if (command_bytes_ + *bytes > kMaxWaitingCommandBytes) {
    return step.out.add(AnswerCommand{client_request, kTooManyBytes});
  }
  command_bytes_ += *bytes;
  admit(step, CommandFor{client_request, std::move(command), *bytes});
}

std::map<uint64_t, Desk::Waiting>::iterator Desk::forget(std::map<uint64_t, Waiting>::iterator waiting) {
  if (const auto* command = std::get_if<CommandFor>(&waiting->second.what)) command_bytes_ -= command->bytes;
  return waiting_.erase(waiting);
}

void Desk::read(Step& step, uint64_t client_request) { admit(step, ReadFor{client_request}); }

void Desk::join(Step& step, uint64_t connection, wire::JoinRequest request) {
  admit(step, JoinFor{connection, std::move(request)});
}

void Desk::admit(Step& step, std::variant<CommandFor, ReadFor, JoinFor> what) {
  Waiting waiting;
  waiting.what = std::move(what);
  waiting.leader_deadline = step.now + kLeaderPatience;
  waiting.deadline = step.now + kAnswerPatience;
  if (waiting_.size() == kMaxWaitingRequests) {
    if (const auto* command = std::get_if<CommandFor>(&waiting.what)) command_bytes_ -= command->bytes;
    fail(step, waiting, {Errc::kLimit, "This manager has " + std::to_string(kMaxWaitingRequests) +
                                           " requests under way already. Ask again in a moment."});
    return;
  }
  waiting_.emplace(++last_request_, std::move(waiting));
}

void Desk::command_reply(Step& step, NodeId from, const CommandReply& reply) {
  const auto found = waiting_.find(reply.request);
  if (found == waiting_.end() || found->second.sent_to != from) return;
  if (reply.not_leader) {
    found->second.sent_to = NodeId{};  // handed over again, while there is time
    return;
  }
  if (reply.error_code != 0) {
    fail(step, found->second, {static_cast<Errc>(reply.error_code - 1), reply.error_message});
    forget(found);
    return;
  }
  found->second.answer = reply.answer;
  found->second.ready_at_index = ES_PLANTED(write_answered_before_apply) ? 0 : reply.applied_index;
}

void Desk::join_reply(Step& step, NodeId from, const wire::JoinReply& reply) {
  const auto found = waiting_.find(reply.request);
  if (found == waiting_.end() || found->second.sent_to != from) return;
  if (const auto* join = std::get_if<JoinFor>(&found->second.what)) {
    wire::JoinReply answer = reply;
    answer.request = join->request.request;
    step.out.add(AnswerStranger{join->connection, {std::move(answer)}});
    forget(found);
  }
}

void Desk::read_results(const std::vector<raft::ReadResult>& results) {
  for (const raft::ReadResult& result : results) {
    const auto found = waiting_.find(result.context);
    if (found == waiting_.end()) continue;
    if (ES_PLANTED(read_before_apply)) found->second.ready_at_index = 0;
    else if (result.confirmed) found->second.ready_at_index = result.index;
    else found->second.sent_to = NodeId{};  // asked again while there is time
  }
}

void Desk::advance(Step& step, Replica& replica, const std::optional<std::string>& disk_trouble) {
  for (auto entry = waiting_.begin(); entry != waiting_.end();) {
    Waiting& waiting = entry->second;
    if (waiting.ready_at_index && replica.applied_index() >= *waiting.ready_at_index) {
      succeed(step, waiting);
      entry = forget(entry);
      continue;
    }
    if (!waiting.ready_at_index) hand_over(step, replica, entry->first, waiting);
    const bool leaderless = waiting.sent_to.empty() && step.now >= waiting.leader_deadline;
    const bool is_read = std::holds_alternative<ReadFor>(waiting.what);
    const bool deposed = !is_read && !waiting.sent_to.empty() && replica.raft().term() != waiting.sent_term &&
                         !waiting.ready_at_index;
    if (leaderless || deposed || step.now >= waiting.deadline) {
      fail(step, waiting, deposed ? kLeaderLost : disk_trouble ? Error{Errc::kIo, *disk_trouble} : unavailable(kNoLeader));
      entry = forget(entry);
      continue;
    }
    ++entry;
  }
}

void Desk::hand_over(Step& step, Replica& replica, uint64_t id, Waiting& waiting) {
  if (!waiting.sent_to.empty()) return;
  const auto leader = replica.leader();
  if (!leader) return;
  if (std::holds_alternative<ReadFor>(waiting.what)) {
    if (!replica.raft().read(id).ok()) return;
  } else if (const auto* command = std::get_if<CommandFor>(&waiting.what)) {
    step.send(*leader, CommandRequest{id, command->command});
  } else {
    wire::JoinRequest request = std::get<JoinFor>(waiting.what).request;
    request.request = id;
    step.send(*leader, std::move(request));
  }
  waiting.sent_to = leader->node;
  waiting.sent_term = replica.raft().term();
}

void Desk::fail(Step& step, const Waiting& waiting, const Error& error) {
  if (const auto* command = std::get_if<CommandFor>(&waiting.what)) {
    step.out.add(AnswerCommand{command->client_request, error});
  } else if (const auto* read = std::get_if<ReadFor>(&waiting.what)) {
    step.out.add(AnswerRead{read->client_request, error});
  } else {
    const JoinFor& join = std::get<JoinFor>(waiting.what);
    wire::JoinReply refusal;
    refusal.request = join.request.request;
    refusal.error = error.message;
    step.out.add(AnswerStranger{join.connection, {std::move(refusal)}});
  }
}

void Desk::close(Step& step) {
  refuse_all(step, unavailable("this node is not a swarm manager any more"));
}

void Desk::refuse_all(Step& step, const Error& error) {
  for (const auto& [id, waiting] : std::exchange(waiting_, {})) fail(step, waiting, error);
  command_bytes_ = 0;
}

void Desk::succeed(Step& step, const Waiting& waiting) {
  if (const auto* command = std::get_if<CommandFor>(&waiting.what)) {
    ES_ASSERT(waiting.answer.has_value());
    step.out.add(AnswerCommand{command->client_request, *waiting.answer});
  } else if (const auto* read = std::get_if<ReadFor>(&waiting.what)) {
    step.out.add(AnswerRead{read->client_request, {}});
  }
}

Instant Desk::next_deadline() const {
  Instant next = kNever;
  for (const auto& [id, waiting] : waiting_) {
    next = earlier(next, waiting.sent_to.empty() ? waiting.leader_deadline : waiting.deadline);
  }
  return next;
}

}  // namespace es::node
