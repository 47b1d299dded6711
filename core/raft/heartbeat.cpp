// Heartbeats: an AppendEntries without entries that asks nothing about the log. Raft §5.2. The
// answer tells what was lost on the way.

#include <algorithm>

#include "core/base/planted_bug.h"
#include "core/raft/raft.h"

namespace es::raft {

void Raft::broadcast_heartbeat() {
  for (auto& [peer, progress] : leading()->peers) send_heartbeat(peer, progress);
}

// It tells what to commit, and it proves that the logs agree so far by the last entry that the peer
// acknowledged: one entry of equal index and term makes all before it equal (Raft §5.3).
void Raft::send_heartbeat(PeerId to, Progress& peer) {
  Heartbeat heartbeat{.context = leading()->read_round};
  if (const std::optional<Term> term = log_.term(peer.match)) {
    heartbeat.commit = ES_PLANTED(heartbeat_commits_all) ? commit_ : std::min(commit_, peer.match);
    heartbeat.acknowledged_index = peer.match;
    heartbeat.acknowledged_term = *term;
  }
  peer.sent_commit = std::max(peer.sent_commit, heartbeat.commit);
  send(to, heartbeat);
}

void Raft::on(const Message& message, const Heartbeat& heartbeat) {
  if (!hear_from_leader(message)) return;
  if (contradicts_committed(heartbeat.acknowledged_index, heartbeat.acknowledged_term)) return;
  const bool lacks = lacks_acknowledged(heartbeat);
  if (lacks)
    notice_lost(message.from, heartbeat.acknowledged_index);
  else
    commit_to(std::min(heartbeat.commit, log_.last_index()));
  HeartbeatReply reply{.context = heartbeat.context,
                       .last_index = log_.last_index(),
                       .healing = is_healing(),
                       .lost_index = lacks ? heartbeat.acknowledged_index : 0};
  if (incoming_) {
    reply.snapshot_index = incoming_->meta.index;
    reply.snapshot_offset_bytes = incoming_->data.size();
  }
  send(message.from, reply);
}

bool Raft::lacks_acknowledged(const Heartbeat& heartbeat) const {
  if (ES_PLANTED(lost_entries_not_noticed)) return false;
  const Index index = heartbeat.acknowledged_index;
  return index > commit_ && !log_.matches(index, heartbeat.acknowledged_term);
}

// What a node acknowledged to the leader of a term stays in its log for that term: the leader takes
// nothing back, and nobody else sends entries. So if it is not there, the disk lost it, and this
// node is no better than one whose log rotted: it must not vote or lead until it is whole again.
// What it acknowledged to the leaders before, nobody can tell it any more.
void Raft::notice_lost(PeerId leader, Index acknowledged) {
  if (hard_.lost_index >= acknowledged) return;
  hard_.lost_index = acknowledged;
  hard_.lost_term = std::max(hard_.lost_term, hard_.term);
  hard_.vote_kept = false;
  // A vote of this term may be lost with the entries. The term has its leader: nobody else is to
  // become one.
  if (hard_.vote == kNobody) hard_.vote = leader;
  hard_state_changed();
  lost_.push_back({options_.id, acknowledged, log_.last_index()});
}

void Raft::on(const Message& message, const HeartbeatReply& reply) {
  Leading* lead = leading();
  if (lead == nullptr) return;
  const auto found = lead->peers.find(message.from);
  if (found == lead->peers.end()) return;
  Progress& peer = found->second;
  heard_from(peer);
  peer.probe_sent = false;
  peer.partial_index = reply.snapshot_index;
  peer.partial_bytes = reply.snapshot_offset_bytes;
  const bool lost = reply.last_index < peer.match || reply.lost_index != 0;
  if (reply.healing && peer.match > 0 && lost) {
    forget_acknowledged(message.from, peer, reply.last_index);
  }

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
