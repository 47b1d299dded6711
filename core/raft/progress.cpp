#include "core/raft/progress.h"

#include <algorithm>
#include <utility>

#include "core/base/assert.h"

namespace es::raft {

void Inflight::add(Index last_index, size_t bytes) {
  ES_ASSERT(!full());
  ES_ASSERT(sent_.empty() || sent_.back().last_index < last_index);
  sent_.push_back({last_index, bytes});
  bytes_ += bytes;
}

void Inflight::acknowledge(Index index) {
  while (!sent_.empty() && sent_.front().last_index <= index) {
    bytes_ -= sent_.front().bytes;
    sent_.pop_front();
  }
}

void Inflight::clear() {
  sent_.clear();
  bytes_ = 0;
}

bool Progress::paused() const {
  switch (state) {
    case ProgressState::kProbe:
      return probe_sent;
    case ProgressState::kReplicate:
      return inflight.full();
    case ProgressState::kSnapshot:
      return true;
  }
  return true;
}

void Progress::become_probe() {
  // A snapshot that may have arrived counts: probe just behind it.
  const Index after_snapshot = state == ProgressState::kSnapshot ? transfer.index() + 1 : 0;
  transfer.end();
  state = ProgressState::kProbe;
  next = std::max(match + 1, after_snapshot);
  sent_commit = std::min(sent_commit, next - 1);
  probe_sent = false;
  inflight.clear();
}

void Progress::become_replicate() {
  state = ProgressState::kReplicate;
  transfer.end();
  next = match + 1;
  sent_commit = std::min(sent_commit, match);
  probe_sent = false;
  inflight.clear();
}

void Progress::become_snapshot(std::shared_ptr<const Snapshot> snapshot, uint64_t max_chunk_bytes) {
  state = ProgressState::kSnapshot;
  const uint64_t arrived = partial_index == snapshot->meta.index ? partial_bytes : 0;
  transfer.start(std::move(snapshot), arrived, max_chunk_bytes);
  probe_sent = false;
  inflight.clear();
}

void Progress::sent(size_t count, size_t bytes) {
  if (count == 0) return;
  if (state == ProgressState::kReplicate) {
    next += count;
    inflight.add(next - 1, bytes);
  } else {
    probe_sent = true;
  }
}

bool Progress::acknowledged(Index index) {
  if (index <= match) return false;
  match = index;
  next = std::max(next, index + 1);
  return true;
}

bool Progress::rejected(Index prev, Index agree) {
  if (state == ProgressState::kReplicate) {
    if (prev <= match) return false;  // overtaken by an acknowledgement
    become_probe();
    return true;
  }
  if (prev != next - 1) return false;  // of an earlier probe
  next = std::max(std::min(prev, agree + 1), match + 1);
  sent_commit = std::min(sent_commit, next - 1);
  probe_sent = false;
  return true;
}

void Progress::forget_above(Index last) {
  if (match > last) forget(last);
}

void Progress::forget(Index last) {
  const Index acknowledged = std::exchange(match, 0);
  if (state == ProgressState::kSnapshot) return;
  become_probe();
  next = std::min(last, acknowledged) + 1;
  sent_commit = 0;
}

}  // namespace es::raft
