#include "tests/sim/disk.h"

#include <algorithm>

namespace es::sim {

void Disk::write(ports::Batch batch, std::function<void(Status)> done) {
  queue({std::move(batch), std::move(done), nullptr, waiting_.size() >= queue_max_});
}

void Disk::reopen(std::function<void(Result<ports::Loaded>)> done) {
  queue({{}, nullptr, std::move(done), false});
}

void Disk::queue(Write write) {
  busy_until_ = std::max(busy_until_, schedule_.now()) + sync_time_;
  waiting_.push_back(std::move(write));
  schedule_.at(busy_until_, [this, life = life_] {
    if (life == life_) complete();
  });
}

void Disk::complete() {
  if (schedule_.now() < stalled_until_) {
    schedule_.at(stalled_until_, [this, life = life_] {
      if (life == life_) complete();
    });
    return;
  }
  Write write = std::move(waiting_.front());
  waiting_.pop_front();
  if (write.reopened) {
    failed_ = refusing_;
    if (failed_) return write.reopened(Error{Errc::kIo, "no space left on device"});
    return write.reopened(content_);
  }
  if (write.refused) return write.done(Error{Errc::kLimit, "the store's queue is full"});
  failed_ = failed_ || refusing_;
  if (failed_) return write.done(Error{Errc::kIo, "no space left on device"});
  const bool dies = dies_at_ != 0 && --dies_at_ == 0;
  if (!dies || dies_durable_) apply(write.batch);
  if (dies) std::exchange(die_, nullptr)();
  else write.done({});
}

void Disk::crash(size_t kept) {
  for (const Write& write : waiting_) {
    if (kept == 0 || refusing_ || failed_) break;
    if (write.reopened || write.refused) continue;
    apply(write.batch);
    --kept;
  }
  waiting_.clear();
  ++life_;
  busy_until_ = schedule_.now();
  stalled_until_ = schedule_.now();
  failed_ = false;
  dies_at_ = 0;
  die_ = nullptr;
}

bool Disk::rot(size_t place) {
  if (place >= content_.entries.size()) return false;
  const ports::StoredEntry last = content_.entries.back();
  content_.entries.resize(place);
  content_.lost = ports::LostEntries{last.index, last.term};
  return true;
}

void Disk::stall(Duration time) { stalled_until_ = std::max(stalled_until_, schedule_.now() + time); }

void Disk::die_at(uint64_t write, bool durable, std::function<void()> die) {
  dies_at_ = write;
  dies_durable_ = durable;
  die_ = std::move(die);
}

// A term never goes back, and a vote of one term is never another's (Raft figure 2).
void Disk::check(const ports::StoredHardState& next) {
  const ports::StoredHardState& last = content_.hard_state;
  if (next.term < last.term) violation_ = "a stored term went back";
  if (next.term == last.term && last.vote != 0 && next.vote != last.vote) {
    violation_ = "a stored vote changed within term " + std::to_string(next.term);
  }
}

void Disk::apply(const ports::Batch& batch) {
  // What rot left was looked at, and is made whole.
  if (batch.reset_log || batch.truncate_from || batch.snapshot) content_.lost.reset();
  if (batch.reset_log) {
    content_.hard_state = {};
    content_.snapshot.reset();
    content_.entries.clear();
  }
  const auto erase_if = [&](auto predicate) { std::erase_if(content_.entries, predicate); };
  if (batch.truncate_from) {
    erase_if([&](const ports::StoredEntry& entry) { return entry.index >= *batch.truncate_from; });
  }
  if (batch.snapshot) content_.snapshot = batch.snapshot;
  content_.entries.insert(content_.entries.end(), batch.entries.begin(), batch.entries.end());
  if (batch.compact_to) {
    erase_if([&](const ports::StoredEntry& entry) { return entry.index <= *batch.compact_to; });
  }
  if (batch.hard_state) {
    check(*batch.hard_state);
    content_.hard_state = *batch.hard_state;
  }
  for (const auto& [name, value] : batch.facts) {
    if (value) content_.facts[name] = *value;
    else content_.facts.erase(name);
  }
}

}  // namespace es::sim
