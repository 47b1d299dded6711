// Heartbeats: an AppendEntries without entries that asks nothing about the log. Raft §5.2. The
// answer tells what was lost on the way.

#include <algorithm>

#include "core/raft/raft.h"

namespace es::raft {

void Raft::broadcast_heartbeat() {
  for (auto& [peer, progress] : leading()->peers) {
    // A heartbeat carries no proof that the logs agree, so it commits only what the peer has
    // acknowledged.
    const Index commit = std::min(commit_, progress.match);
    progress.sent_commit = std::max(progress.sent_commit, commit);
    send(peer, Heartbeat{commit, leading()->read_round});
  }
}

void Raft::on(const Message& message, const Heartbeat& heartbeat) {
  if (!hear_from_leader(message)) return;
  // A log that rot has cut may be shorter than what it acknowledged.
  commit_to(std::min(heartbeat.commit, log_.last_index()));
  HeartbeatReply reply{
      .context = heartbeat.context, .last_index = log_.last_index(), .healing = is_healing()};
  if (incoming_) {
    reply.snapshot_index = incoming_->meta.index;
    reply.snapshot_offset_bytes = incoming_->data.size();
  }
  send(message.from, reply);
}

void Raft::on(const Message& message, const HeartbeatReply& reply) {
  Leading* lead = leading();
  if (lead == nullptr) return;
  const auto found = lead->peers.find(message.from);
  if (found == lead->peers.end()) return;
  Progress& peer = found->second;
  peer.recent_active = true;
  peer.probe_sent = false;
  if (reply.healing) peer.forget_above(reply.last_index);

  // A lost append, probe or chunk shows here. With a full window an empty append still goes out:
  // its rejection starts over.
  if (peer.state == ProgressState::kSnapshot) {
    resume_snapshot(message.from, peer, reply);
  } else if (peer.match < log_.last_index() || peer.state == ProgressState::kProbe) {
    send_append(message.from, peer, true);
  }
  if (reply.context > lead->read_round) return ignore();
  peer.read_round = std::max(peer.read_round, reply.context);
  confirm_reads();
}

}  // namespace es::raft
