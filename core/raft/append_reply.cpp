// The answer to AppendEntries, on the leader's side. Raft §5.3.

#include "core/raft/raft.h"

namespace es::raft {

void Raft::on(const Message& message, const AppendReply& reply) {
  Leading* lead = leading();
  if (lead == nullptr) return;
  const auto found = lead->peers.find(message.from);
  if (found == lead->peers.end()) return;
  Progress& peer = found->second;
  heard_from(peer);
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
  if (peer.match > 0 && reply.index <= peer.match) {
    if (reply.healing) {
      forget_acknowledged(from, peer, agree);
      send_append(from, peer, true);
    } else if (peer.asked_tick != now_ticks_) {
      // Late and overtaken, or the peer lost what it acknowledged. A heartbeat names that, and the
      // peer finds out; once a tick, as old rejections may be many.
      peer.asked_tick = now_ticks_;
      send_heartbeat(from, peer);
    }
    return;
  }
  if (peer.rejected(reply.index, agree)) send_append(from, peer, true);
}

// The peer said itself that entries are gone: nothing that it acknowledged counts any more.
void Raft::forget_acknowledged(PeerId from, Progress& peer, Index last) {
  if (peer.match > peer.reported_lost) {
    peer.reported_lost = peer.match;
    lost_.push_back({from, peer.match, last});
  }
  peer.forget(last);
}

}  // namespace es::raft
