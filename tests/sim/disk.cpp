#include "tests/sim/disk.h"

#include <algorithm>

namespace es::sim {

void Disk::write(ports::Batch batch, std::function<void(Status)> done) {
  busy_until_ = std::max(busy_until_, schedule_.now()) + sync_time_;
  waiting_.push_back({std::move(batch), std::move(done)});
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
  if (broken_) return write.done(Error{Errc::kIo, "input/output error"});
  const bool dies = dies_at_ != 0 && --dies_at_ == 0;
  if (!dies || dies_durable_) apply(write.batch);
  if (dies) std::exchange(die_, nullptr)();
  else write.done({});
}

void Disk::crash(size_t kept) {
  for (size_t i = 0; i < kept && i < waiting_.size() && !broken_; ++i) apply(waiting_[i].batch);
  waiting_.clear();
  ++life_;
  busy_until_ = schedule_.now();
  stalled_until_ = schedule_.now();
  broken_ = false;
  dies_at_ = 0;
  die_ = nullptr;
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
