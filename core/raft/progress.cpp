#include "core/raft/progress.h"

#include <algorithm>

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
  const Index after_snapshot = state == ProgressState::kSnapshot ? snapshot_index + 1 : 0;
  state = ProgressState::kProbe;
  next = std::max(match + 1, after_snapshot);
  sent_commit = std::min(sent_commit, next - 1);
  probe_sent = false;
  inflight.clear();
}

void Progress::become_replicate() {
  state = ProgressState::kReplicate;
  next = match + 1;
  sent_commit = std::min(sent_commit, match);
  probe_sent = false;
  inflight.clear();
}

void Progress::become_snapshot(Index index) {
  state = ProgressState::kSnapshot;
  snapshot_index = index;
  snapshot_offset_bytes = 0;
  snapshot_end_bytes = 0;
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
  if (match <= last) return;
  match = 0;
  if (state == ProgressState::kSnapshot) return;
  become_probe();
  next = last + 1;
}

}  // namespace es::raft
