// Pre-vote: ask before raising the term, so that a node that was cut off does not depose a working
// leader when it returns. Thesis §9.6.

#include "core/raft/raft.h"

namespace es::raft {

void Raft::on(const Message& message, const PreVote& vote) {
  // Whether a real request of that term would be granted. Nothing is promised, so any number of
  // candidates may be told yes.
  const bool free = message.term > hard_.term || hard_.vote == message.from ||
                    (hard_.vote == kNobody && leader() == kNobody);
  if (free && votes_for(vote.last_index, vote.last_term)) {
    send_in_term(message.term, message.from, PreVoteReply{}, After::kTerm);
  } else {
    send(message.from, PreVoteReply{.reject = true});
  }
}

void Raft::on(const Message& message, const PreVoteReply& reply) {
  const Campaigning* campaign = campaigning();
  if (campaign == nullptr || !campaign->pre) return;
  // A yes bears the term it was asked for; one from an earlier campaign does not count.
  if (!reply.reject && message.term != hard_.term + 1) return;
  count_vote(message.from, !reply.reject);
}

}  // namespace es::raft
