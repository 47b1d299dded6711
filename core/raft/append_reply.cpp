// The answer to AppendEntries, on the leader's side. Raft §5.3.

#include "core/raft/raft.h"

namespace es::raft {

void Raft::on(const Message& message, const AppendReply& reply) {
  Leading* lead = leading();
  if (lead == nullptr) return;
  const auto found = lead->peers.find(message.from);
  if (found == lead->peers.end()) return;
  Progress& peer = found->second;
  peer.recent_active = true;
  if (reply.reject) return append_rejected(message.from, peer, reply);
  if (reply.index > log_.last_index()) return ignore();

  const bool answers_probe = peer.state == ProgressState::kProbe && peer.match == reply.index;
  if (!peer.acknowledged(reply.index) && !answers_probe) return;
  if (peer.state == ProgressState::kReplicate) {
    peer.inflight.acknowledge(reply.index);
  } else if (peer.state == ProgressState::kProbe || peer.match >= log_.base_index()) {
    peer.become_replicate();
  }
  advance_commit();
  send_all(message.from);
  hand_over_if_ready(message.from);
}

// Raft §5.3: the leader goes back until the logs agree. The hint skips a whole term: entries of a
// later term than the follower has there cannot be in its log.
void Raft::append_rejected(PeerId from, Progress& peer, const AppendReply& reply) {
  const Index agree = log_.agree_at_most(reply.hint_index, reply.hint_term);
  const bool lost = reply.healing && peer.match > reply.hint_index;
  if (lost) peer.forget_above(agree);
  if (lost || peer.rejected(reply.index, agree)) send_append(from, peer, true);
}

}  // namespace es::raft
