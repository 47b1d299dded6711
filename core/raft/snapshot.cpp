// Snapshots: taking one, and sending one to a peer that needs entries the log no longer has. Raft
// §7.

#include <algorithm>

#include "core/base/planted_bug.h"
#include "core/raft/raft.h"

namespace es::raft {
namespace {

// A peer that said nothing for so many election timeouts gets its snapshot from the start, or
// another one: what it holds up in memory is worth more.
constexpr int64_t kSilentElections = 20;

}  // namespace

Status Raft::compact(Index index, std::string data, size_t trailing_entries) {
  if (failed_) return Error{Errc::kIo, "raft: this node's disk failed"};
  if (index <= log_.base_index()) return invalid("raft: the log is compacted that far already");
  if (index <= snapshot_->meta.index) return {};
  if (index > applied_) return invalid("raft: only what is applied can be compacted");
  if (configs_.at(index).voters.empty()) {
    return Error{Errc::kPrecondition,
                 "raft: this node joined lately and does not know the configuration at entry " +
                     std::to_string(index)};
  }
  const Configuration& config =
      ES_PLANTED(snapshot_with_the_old_configuration) ? snapshot_->meta.config : configs_.at(index);
  snapshot_ = std::make_shared<const Snapshot>(
      Snapshot{{index, *log_.term(index), config}, std::move(data)});
  snapshot_unsaved_ = true;
  log_.compact(index, first_to_keep(index, trailing_entries) - 1);
  configs_.compact(index);
  return {};
}

// The first entry that stays although a snapshot covers it.
Index Raft::first_to_keep(Index index, size_t trailing_entries) const {
  Index wanted = index - std::min<Index>(index, trailing_entries) + 1;
  if (const Leading* lead = leading()) {
    for (const auto& [id, peer] : lead->peers) {
      if (ES_PLANTED(nothing_trails_behind_a_transfer)) break;
      if (peer.transfer.snapshot()) wanted = std::min(wanted, peer.transfer.index() + 1);
    }
  }
  wanted = std::max(wanted, log_.base_index() + 1);
  const size_t max_entries = std::min(options_.max_trailing_entries, options_.max_log_entries / 2);
  const size_t max_bytes = std::min(options_.max_trailing_bytes, options_.max_log_bytes / 2);
  Index first = index + 1;
  size_t bytes = 0;
  while (first > wanted && index - first + 1 < max_entries) {
    bytes += size_bytes(log_.at(first - 1));
    if (bytes > max_bytes) break;
    --first;
  }
  return first;
}

// What the peer holds a part of, if it is still here; else the newest, unless too many different
// ones are on their way already.
std::shared_ptr<const Snapshot> Raft::snapshot_for(const Progress& peer) const {
  std::map<Index, std::shared_ptr<const Snapshot>> in_transfer;
  for (const auto& [id, other] : leading()->peers) {
    if (other.transfer.snapshot()) in_transfer[other.transfer.index()] = other.transfer.snapshot();
  }
  const bool one_more = in_transfer.size() < options_.max_snapshots_in_transfer;
  if (one_more) in_transfer[snapshot_->meta.index] = snapshot_;
  const auto part = in_transfer.find(peer.partial_index);
  return part != in_transfer.end() ? part->second : in_transfer.rbegin()->second;
}

bool Raft::start_snapshot(PeerId to, Progress& peer) {
  if (!peer.recent_active) return false;  // down for longer: not before it answers a heartbeat
  peer.become_snapshot(snapshot_for(peer), options_.snapshot_chunk_bytes);
  send_chunk(to, peer);
  return true;
}

// One chunk at a time: 256 KiB fill a board's link well enough, and bound what is lost.
void Raft::send_chunk(PeerId to, Progress& peer) {
  const SnapshotTransfer::Chunk next = peer.transfer.next_chunk(now_ticks_);
  const Snapshot& snapshot = *peer.transfer.snapshot();
  std::string data = snapshot.data.substr(next.offset_bytes, next.count_bytes);
  send(to, SnapshotChunk{snapshot.meta, next.offset_bytes, std::move(data), next.done});
}

void Raft::on(const Message& message, const SnapshotReply& reply) {
  Leading* lead = leading();
  if (lead == nullptr) return;
  const auto found = lead->peers.find(message.from);
  if (found == lead->peers.end()) return;
  Progress& peer = found->second;
  heard_from(peer);
  if (peer.state != ProgressState::kSnapshot || reply.index != peer.transfer.index()) return;
  if (reply.next_offset_bytes > peer.transfer.size_bytes()) return ignore();
  // An answer that says less may be a doubled or a late one. If each of them caused a chunk, two
  // streams of chunks would run side by side for ever, so only a timeout goes back.
  if (peer.transfer.answered(reply.next_offset_bytes, now_ticks_)) send_chunk(message.from, peer);
}

// A heartbeat's answer tells how far the peer is. One that left before the chunk arrived may say
// less than is true, so a chunk has the time that the link was measured to need.
void Raft::resume_snapshot(PeerId to, Progress& peer, const HeartbeatReply& reply) {
  SnapshotTransfer& transfer = peer.transfer;
  const bool in_transfer = reply.snapshot_index == transfer.index();
  if (!in_transfer && reply.last_index >= transfer.index()) {
    if (now_ticks_ == transfer.sent_tick()) return;
    peer.become_probe();  // it has the snapshot, its acknowledgement is lost or still waits for the
                          // disk
    send_append(to, peer, true);
    return;
  }
  const uint64_t arrived = in_transfer ? reply.snapshot_offset_bytes : 0;
  if (arrived > transfer.size_bytes()) return ignore();
  if (!transfer.answered(arrived, now_ticks_)) {
    if (!transfer.is_overdue(now_ticks_)) return;
    transfer.resume(arrived);
  }
  send_chunk(to, peer);
}

void Raft::give_up_silent_transfers() {
  const int64_t silent_since = now_ticks_ - kSilentElections * options_.election_ticks;
  for (auto& [id, peer] : leading()->peers) {
    if (peer.state == ProgressState::kSnapshot && peer.heard_tick < silent_since) {
      peer.become_probe();
    }
  }
}

void Raft::on(const Message& message, const SnapshotChunk& chunk) {
  if (!hear_from_leader(message)) return;
  if (contradicts_committed(chunk.meta.index, chunk.meta.term)) return;
  if (chunk.meta.index <= commit_) {
    return send(message.from, AppendReply{.index = commit_}, After::kLog);
  }
  receive_chunk(message, chunk);
}

// Chunks of one leader's snapshot of one index are the same bytes, whoever sends them again, so
// what has arrived stays. A chunk of another snapshot begins it, or is a late one.
void Raft::receive_chunk(const Message& message, const SnapshotChunk& chunk) {
  const bool same = incoming_ && incoming_->meta == chunk.meta;
  if (!same && chunk.offset_bytes != 0) {
    return send(message.from, SnapshotReply{chunk.meta.index, 0});
  }
  if (!same || (chunk.offset_bytes == 0 && ES_PLANTED(offset_0_restarts_a_transfer))) {
    incoming_ = Snapshot{chunk.meta, {}};
  }
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
  const SnapshotMeta meta = snapshot.meta;
  if (log_.matches(meta.index, meta.term)) {
    commit_to(
        meta.index);  // figure 13, step 6: the log is there, only the commit index was missing
  } else {
    log_.reset(meta.index, meta.term);
    configs_ = ConfigHistory(meta);
    commit_ = meta.index;
    applied_ = meta.index;
    restore_ = snapshot;
    snapshot_ = std::make_shared<const Snapshot>(std::move(snapshot));
    snapshot_unsaved_ = true;
  }
  heal_if_whole(commit_);
  send(from, AppendReply{.index = commit_}, After::kLog);
}

}  // namespace es::raft
