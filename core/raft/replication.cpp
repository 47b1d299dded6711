// The leader's side of replication: what goes to whom, and what that commits. Raft §5.3, §5.4;
// thesis §10.2.1.

#include <algorithm>

#include "core/base/assert.h"
#include "core/base/planted_bug.h"
#include "core/raft/raft.h"

namespace es::raft {

void Raft::append_own(EntryType type, std::string data) {
  Entry entry{log_.last_index() + 1, hard_.term, type, std::move(data)};
  use_appended_config(entry);
  log_.append(std::move(entry));
}

// True if something was sent. A full window sends no entries, but may send an empty append.
bool Raft::send_append(PeerId to, Progress& peer, bool even_if_empty) {
  if (peer.state == ProgressState::kSnapshot || peer.probe_sent) return false;
  const std::optional<Term> prev_term = log_.term(peer.next - 1);
  if (!prev_term) return start_snapshot(to, peer);  // Raft §7: what it needs next is compacted away

  Append append{peer.next - 1, *prev_term, commit_, {}};
  if (!peer.paused())
    append.entries = log_.slice(peer.next, log_.last_index(), options_.max_append_bytes);
  if (append.entries.empty() && !even_if_empty) return false;
  size_t bytes = 0;
  for (const Entry& entry : append.entries) bytes += size_bytes(entry);
  peer.sent_commit = std::min(commit_, append.prev_index + append.entries.size());
  peer.sent(append.entries.size(), bytes);
  send(to, std::move(append));
  return true;
}

// As much as the window takes; at least the commit index, if the peer was not told.
void Raft::send_all(PeerId to) {
  Leading* lead = leading();
  if (lead == nullptr) return;
  const auto found = lead->peers.find(to);
  if (found == lead->peers.end()) return;
  Progress& peer = found->second;
  while (!peer.paused() && send_append(to, peer, false)) {
  }
  if (!peer.paused() && std::min(commit_, peer.match) > peer.sent_commit)
    send_append(to, peer, true);
}

void Raft::broadcast_append() {
  for (auto& [to, peer] : leading()->peers) {
    if (!peer.paused()) send_append(to, peer, true);
  }
}

// Raft §5.3, §5.4.2: an entry of this term is committed when a majority of the voters holds it
// durably; with it all before it. Counting copies of an older term's entry would be wrong (figure
// 8).
void Raft::advance_commit() {
  Leading* lead = leading();
  std::vector<uint64_t> matches;
  for (const PeerId voter : config().voters) {
    const auto peer = lead->peers.find(voter);
    ES_ASSERT(voter == options_.id || peer != lead->peers.end());
    matches.push_back(voter == options_.id ? log_.durable_index() : peer->second.match);
  }
  const Index index = reached_by_majority(std::move(matches));
  if (index <= commit_) return;
  if (log_.term(index) != hard_.term && !ES_PLANTED(commit_by_counting_old_terms)) return;
  commit_ = index;
  broadcast_append();
  release_early_reads();
  finish_change();
}

}  // namespace es::raft
