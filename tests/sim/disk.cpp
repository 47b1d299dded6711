#include "tests/sim/disk.h"

#include <algorithm>

namespace es::sim {

void Disk::write(ports::Batch batch, std::function<void(Status)> done) {
  busy_until_ = std::max(busy_until_, schedule_.now()) + sync_time_;
  schedule_.at(busy_until_, [this, life = life_, batch = std::move(batch), done = std::move(done)] {
    if (life != life_) return;
    apply(batch);
    done({});
  });
}

void Disk::power_off() {
  ++life_;
  busy_until_ = schedule_.now();
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
  if (batch.hard_state) content_.hard_state = *batch.hard_state;
  for (const auto& [name, value] : batch.facts) {
    if (value) content_.facts[name] = *value;
    else content_.facts.erase(name);
  }
}

}  // namespace es::sim
