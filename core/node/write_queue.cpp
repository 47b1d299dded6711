#include "core/node/write_queue.h"

#include <algorithm>
#include <utility>

namespace es::node {

namespace {

// Of raft alone: what the disk holds of it is what counts when the disk works again.
constexpr std::string_view kRaftFacts = "raft/";

bool is_final(const Status& status) { return !status.ok() && status.error().code != Errc::kLimit; }

size_t size_bytes(const ports::Batch& batch) {
  size_t bytes = 0;
  if (batch.snapshot) bytes += batch.snapshot->configuration.size() + batch.snapshot->data.size();
  for (const ports::StoredEntry& entry : batch.entries) bytes += entry.data.size();
  for (const auto& [name, value] : batch.facts) bytes += name.size() + (value ? value->size() : 0);
  return bytes;
}

}  // namespace

// A batch is applied in the order reset, snapshot, truncate, append, compact, hard state, facts
// (ports/store.h). `next` may follow within the same batch only if it does none of what comes before
// something that `last` does.
bool WriteQueue::joins(const Write& last, const ports::Batch& next, size_t next_bytes) {
  if (next.reset_log || next.snapshot || next.truncate_from || next.compact_to) return false;
  if (last.batch.compact_to && !next.entries.empty()) return false;
  return last.bytes + next_bytes <= kJoinedWriteBytes;
}

void WriteQueue::add(ports::Batch batch, uint64_t raft_batch) {
  if (suspended_) return owe(batch);
  const size_t bytes = size_bytes(batch);
  waiting_bytes_ += bytes;
  // What stands first may be about to be sent again: it must stay the batch that it was.
  if (waiting_.empty() || retry_at_ != kNever || !joins(waiting_.back(), batch, bytes)) {
    waiting_.push_back({std::move(batch), {}, bytes, 0, {}, {}});
  } else {
    Write& last = waiting_.back();
    std::move(batch.entries.begin(), batch.entries.end(), std::back_inserter(last.batch.entries));
    if (batch.hard_state) last.batch.hard_state = batch.hard_state;
    for (auto& [name, value] : batch.facts) last.batch.facts[name] = std::move(value);
    last.bytes += bytes;
  }
  if (raft_batch != 0) waiting_.back().raft_batches.push_back(raft_batch);
}

void WriteQueue::forget_raft() {
  for (Write& write : waiting_) write.raft_batches.clear();
  for (Write& write : under_way_) write.raft_batches.clear();
}

// What raft wanted written is dropped: it starts again from what the disk holds.
void WriteQueue::suspend() {
  suspended_ = true;
  owed_ = {};
  for (Write& write : under_way_) owe(write.batch);
  for (Write& write : waiting_) owe(write.batch);
  under_way_.clear();
  waiting_.clear();
  waiting_bytes_ = 0;
  retry_at_ = kNever;
}

void WriteQueue::owe(ports::Batch& batch) {
  if (batch.reset_log) owed_.hard_state = batch.hard_state;
  owed_.reset_log = owed_.reset_log || batch.reset_log;
  for (auto& [name, value] : batch.facts) {
    if (!name.starts_with(kRaftFacts) || batch.reset_log) owed_.facts[name] = std::move(value);
  }
}

ports::Loaded WriteQueue::owed_log() const {
  ports::Loaded loaded;
  loaded.hard_state = owed_.hard_state.value_or(ports::StoredHardState{});
  for (const auto& [name, value] : owed_.facts) {
    if (value && name.starts_with(kRaftFacts)) loaded.facts[name] = *value;
  }
  return loaded;
}

void WriteQueue::resume() {
  suspended_ = false;
  if (!owed_.empty()) add(std::exchange(owed_, {}));
}

bool WriteQueue::fits_under_way(const Write& next) const {
  if (under_way_.empty()) return true;
  size_t bytes = next.bytes;
  for (const Write& write : under_way_) bytes += write.bytes;
  return refusals_ < 2 && under_way_.size() < kWritesUnderWay && bytes <= kWriteBytesUnderWay;
}

void WriteQueue::advance(Step& step) {
  if (suspended_ || (step.now < retry_at_ && retry_at_ != kNever)) return;
  retry_at_ = kNever;
  while (!waiting_.empty() && fits_under_way(waiting_.front())) {
    Write& next = under_way_.emplace_back(std::move(waiting_.front()));
    waiting_.pop_front();
    waiting_bytes_ -= next.bytes;
    next.id = ++last_id_;
    next.handed_over = step.now;
    step.out.add(Persist{next.id, next.batch});
  }
  if (waiting_.empty()) refusals_ = 0;
}

std::vector<WriteQueue::Done> WriteQueue::done(Instant now, uint64_t id, const Status& status) {
  const auto refused = [](const Write& write) {
    return !write.answer->ok() && write.answer->error().code == Errc::kLimit;
  };
  for (Write& write : under_way_) {
    if (write.id == id) write.answer = status;
  }
  std::vector<Done> done;
  const auto failed = [](const Write& write) { return write.answer && is_final(*write.answer); };
  if (std::any_of(under_way_.begin(), under_way_.end(), failed)) {
    while (under_way_.front().answer && under_way_.front().answer->ok()) {
      done.push_back({std::move(under_way_.front().raft_batches), {}});
      under_way_.pop_front();
    }
    // Completions come in order, so nothing behind the first failure is durable.
    done.push_back({under_way_.front().raft_batches, status});
    suspend();
    return done;
  }
  while (!under_way_.empty() && under_way_.front().answer && !refused(under_way_.front())) {
    done.push_back({std::move(under_way_.front().raft_batches), *under_way_.front().answer});
    under_way_.pop_front();
  }
  const auto answered = [](const Write& write) { return write.answer.has_value(); };
  if (!under_way_.empty() && std::all_of(under_way_.begin(), under_way_.end(), answered)) retry(now);
  return done;
}

// All that left since the refused write goes again, so that their order is kept. A batch that was
// written although one before it was not takes its own entries back first.
void WriteQueue::retry(Instant now) {
  for (; !under_way_.empty(); under_way_.pop_back()) {
    Write& write = under_way_.back();
    counters_.retried += !write.answer->ok();
    waiting_bytes_ += write.bytes;
    write.id = 0;
    write.answer.reset();
    ports::Batch& batch = write.batch;
    if (!batch.entries.empty() && !batch.truncate_from) batch.truncate_from = batch.entries.front().index;
    waiting_.push_front(std::move(write));
  }
  ++refusals_;
  retry_at_ = now + kWriteRetry;
}

bool WriteQueue::holds_snapshot() const {
  const auto has = [](const Write& write) { return write.batch.snapshot.has_value(); };
  return std::any_of(waiting_.begin(), waiting_.end(), has) ||
         std::any_of(under_way_.begin(), under_way_.end(), has);
}

}  // namespace es::node
