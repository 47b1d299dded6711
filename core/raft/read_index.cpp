// Linearizable reads without a log entry. Thesis §6.4: note the commit index, make sure of being
// the leader still by a round of heartbeats, serve when that much is applied. Followers ask the
// leader for the index (thesis §6.4, last paragraph).

#include <algorithm>

#include "core/base/planted_bug.h"
#include "core/raft/raft.h"

namespace es::raft {

Status Raft::read(uint64_t context) {
  if (failed_) return Error{Errc::kIo, "raft: this node's disk failed"};
  if (leading() != nullptr) return lead_read(options_.id, context);
  if (leader() == kNobody) return unavailable("raft: no leader is known");
  if (forwarded_reads_.size() >= options_.max_pending_reads) return too_many_reads();
  forwarded_reads_.push_back({context, now_ticks_});
  send(leader(), ReadIndex{context});
  return {};
}

Status Raft::lead_read(PeerId from, uint64_t context) {
  Leading* lead = leading();
  if (lead->reads.size() + lead->early_reads.size() >= options_.max_pending_reads)
    return too_many_reads();
  // Thesis §6.4, step 1: until an entry of its term is committed, a new leader does not know how
  // far its predecessors committed.
  if (log_.term(commit_) != hard_.term) {
    lead->early_reads.push_back({from, context});
    return {};
  }
  lead->reads.push_back({from, context, ++lead->read_round, commit_});
  broadcast_heartbeat();
  confirm_reads();  // alone, this node is a quorum
  return {};
}

Error Raft::too_many_reads() const {
  return {Errc::kLimit,
          "raft: " + std::to_string(options_.max_pending_reads) + " reads wait already"};
}

void Raft::on(const Message& message, const ReadIndex& read_index) {
  const bool taken = leading() != nullptr && lead_read(message.from, read_index.context).ok();
  if (!taken) send(message.from, ReadIndexReply{.context = read_index.context, .reject = true});
}

void Raft::on(const Message&, const ReadIndexReply& reply) {
  const auto asked =
      std::find_if(forwarded_reads_.begin(), forwarded_reads_.end(),
                   [&](const ForwardedRead& read) { return read.context == reply.context; });
  if (asked == forwarded_reads_.end()) return;
  forwarded_reads_.erase(asked);
  read_results_.push_back({reply.context, !reply.reject, reply.index});
}

void Raft::answer_read(PeerId from, uint64_t context, Index index) {
  if (from == options_.id)
    read_results_.push_back({context, true, index});
  else
    send(from, ReadIndexReply{.context = context, .index = index});
}

void Raft::release_early_reads() {
  Leading* lead = leading();
  if (lead->early_reads.empty()) return;
  ++lead->read_round;
  for (const auto& [from, context] : std::exchange(lead->early_reads, {})) {
    lead->reads.push_back({from, context, lead->read_round, commit_});
  }
  broadcast_heartbeat();
  confirm_reads();
}

void Raft::confirm_reads() {
  Leading* lead = leading();
  std::vector<uint64_t> rounds;
  for (const PeerId voter : config().voters) {
    const auto peer = lead->peers.find(voter);
    rounds.push_back(peer == lead->peers.end() ? lead->read_round : peer->second.read_round);
  }
  const uint64_t confirmed = reached_by_majority(std::move(rounds));
  const auto may_answer = [&](const WaitingRead& read) {
    return read.round <= confirmed || ES_PLANTED(stale_read);
  };
  while (!lead->reads.empty() && may_answer(lead->reads.front())) {
    const WaitingRead read = lead->reads.front();
    lead->reads.pop_front();
    answer_read(read.from, read.context, read.index);
  }
}

// This node leads no more. Followers that asked find out by themselves.
void Raft::abandon_reads() {
  const auto refuse = [&](PeerId from, uint64_t context) {
    if (from == options_.id) read_results_.push_back({context, false, 0});
  };
  for (const WaitingRead& read : leading()->reads) refuse(read.from, read.context);
  for (const auto& [from, context] : leading()->early_reads) refuse(from, context);
}

// The question or its answer was lost, or the leader is.
void Raft::abandon_forwarded_reads(int64_t asked_before) {
  std::erase_if(forwarded_reads_, [&](const ForwardedRead& read) {
    if (read.asked_tick >= asked_before) return false;
    read_results_.push_back({read.context, false, 0});
    return true;
  });
}

}  // namespace es::raft
