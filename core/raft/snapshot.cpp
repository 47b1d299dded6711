// Snapshots: taking one, and sending one to a peer that needs entries the log no longer has. Raft
// §7.

#include <algorithm>

#include "core/raft/raft.h"

namespace es::raft {

Status Raft::compact(Index index, std::string data) {
  if (failed_) return Error{Errc::kIo, "raft: this node's disk failed"};
  if (index <= log_.base_index()) return invalid("raft: the log is compacted that far already");
  if (index > applied_) return invalid("raft: only what is applied can be compacted");
  if (configs_.at(index).voters.empty()) {
    return Error{Errc::kPrecondition,
                 "raft: this node joined lately and does not know the configuration at entry " +
                     std::to_string(index)};
  }
  snapshot_ = Snapshot{{index, *log_.term(index), configs_.at(index)}, std::move(data)};
  snapshot_unsaved_ = true;
  log_.compact(index);
  configs_.compact(index);
  return {};
}

bool Raft::start_snapshot(PeerId to, Progress& peer) {
  if (!peer.recent_active) return false;  // down for longer: not before it answers a heartbeat
  peer.become_snapshot(snapshot_.meta.index);
  send_chunk(to, peer);
  return true;
}

// The chunk at snapshot_offset_bytes. One at a time: 256 KiB fill a board's link well enough, and
// bound what is lost.
void Raft::send_chunk(PeerId to, Progress& peer) {
  // The leader compacted again meanwhile: begin anew with what is there.
  if (peer.snapshot_index != snapshot_.meta.index) peer.become_snapshot(snapshot_.meta.index);
  SnapshotChunk chunk{snapshot_.meta, peer.snapshot_offset_bytes, {}, false};
  chunk.data = snapshot_.data.substr(chunk.offset_bytes, options_.snapshot_chunk_bytes);
  peer.snapshot_end_bytes = chunk.offset_bytes + chunk.data.size();
  peer.snapshot_sent_tick = now_ticks_;
  chunk.done = peer.snapshot_end_bytes == snapshot_.data.size();
  send(to, std::move(chunk));
}

void Raft::on(const Message& message, const SnapshotReply& reply) {
  Leading* lead = leading();
  if (lead == nullptr) return;
  const auto found = lead->peers.find(message.from);
  if (found == lead->peers.end()) return;
  Progress& peer = found->second;
  peer.recent_active = true;
  if (peer.state != ProgressState::kSnapshot || reply.index != peer.snapshot_index) return;
  if (reply.next_offset_bytes > peer.snapshot_end_bytes) return ignore();
  // A doubled chunk causes a doubled answer; going back is for the next heartbeat to decide.
  if (reply.next_offset_bytes != peer.snapshot_end_bytes) return;
  peer.snapshot_offset_bytes = reply.next_offset_bytes;
  send_chunk(message.from, peer);
}

// A heartbeat's answer tells how far the peer is. One that left before the chunk arrived may say
// less than is true, so a chunk has a tick to get there.
void Raft::resume_snapshot(PeerId to, Progress& peer, const HeartbeatReply& reply) {
  if (now_ticks_ == peer.snapshot_sent_tick) return;
  const bool in_transfer = reply.snapshot_index == peer.snapshot_index;
  if (!in_transfer && reply.last_index >= peer.snapshot_index) {
    peer.become_probe();  // it has the snapshot, its acknowledgement is lost or still waits for the
                          // disk
    send_append(to, peer, true);
    return;
  }
  const uint64_t arrived = in_transfer ? reply.snapshot_offset_bytes : 0;
  if (arrived > peer.snapshot_end_bytes) return ignore();
  peer.snapshot_offset_bytes = arrived;
  send_chunk(to, peer);
}

void Raft::on(const Message& message, const SnapshotChunk& chunk) {
  if (!hear_from_leader(message)) return;
  const bool possible = chunk.meta.index > 0 && !chunk.meta.config.voters.empty() &&
                        is_valid(chunk.meta.config) && chunk.meta.term <= message.term;
  if (!possible) return ignore();
  if (chunk.meta.index <= commit_) {
    incoming_.reset();
    return send(message.from, AppendReply{.index = commit_}, After::kLog);
  }
  receive_chunk(message, chunk);
}

void Raft::receive_chunk(const Message& message, const SnapshotChunk& chunk) {
  const bool same = incoming_ && incoming_->meta == chunk.meta;
  if (!same || chunk.offset_bytes == 0) incoming_ = Snapshot{chunk.meta, {}};
  std::string& data = incoming_->data;
  if (chunk.offset_bytes == data.size()) {
    if (data.size() + chunk.data.size() > options_.max_snapshot_bytes) {
      incoming_.reset();
      return ignore();
    }
    data += chunk.data;
    if (chunk.done) {
      Snapshot whole = *std::exchange(incoming_, std::nullopt);
      return install(message.from, std::move(whole));
    }
  }
  send(message.from, SnapshotReply{chunk.meta.index, data.size()});
}

void Raft::install(PeerId from, Snapshot snapshot) {
  const SnapshotMeta& meta = snapshot.meta;
  if (log_.matches(meta.index, meta.term)) {
    commit_to(
        meta.index);  // figure 13, step 6: the log is there, only the commit index was missing
  } else {
    log_.reset(meta.index, meta.term);
    configs_ = ConfigHistory(meta);
    commit_ = meta.index;
    applied_ = meta.index;
    restore_ = snapshot;
    snapshot_ = std::move(snapshot);
    snapshot_unsaved_ = true;
  }
  heal_if_whole(commit_);
  send(from, AppendReply{.index = commit_}, After::kLog);
}

}  // namespace es::raft
