// RequestVote. Raft §5.2, §5.4.1.

#include "core/base/planted_bug.h"
#include "core/raft/raft.h"

namespace es::raft {

void Raft::on(const Message& message, const Vote& vote) {
  // One vote a term, first come first served; a doubled request gets the same answer.
  const bool free = hard_.vote == message.from || (hard_.vote == kNobody && leader() == kNobody) ||
                    ES_PLANTED(second_vote_in_a_term);
  if (!free || !votes_for(vote.last_index, vote.last_term)) {
    return send(message.from, VoteReply{.reject = true});
  }
  set_vote(message.from);
  election_elapsed_ = 0;  // Raft §5.2: granting a vote restarts the timer
  send(message.from, VoteReply{});
}

void Raft::on(const Message& message, const VoteReply& reply) {
  const Campaigning* campaign = campaigning();
  if (campaign == nullptr || campaign->pre) return;
  count_vote(message.from, !reply.reject);
}

}  // namespace es::raft
