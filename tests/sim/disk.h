#pragma once
// Disk: what a board's store holds. Writes are durable some time after they were asked for, in order; a power cut takes those that are not.

#include <deque>
#include <functional>
#include <utility>

#include "core/ports/store.h"
#include "tests/sim/schedule.h"

namespace es::sim {

class Disk final : public ports::Store {
 public:
  Disk(Schedule& schedule, Duration sync_time) : schedule_(schedule), sync_time_(sync_time) {}

  Result<ports::Loaded> load() override { return content_; }
  void write(ports::Batch batch, std::function<void(Status)> done) override;
  // Without waiting: for what is written before a node is made.
  void write_now(const ports::Batch& batch) { apply(batch); }
  void power_off();
  void wipe() { content_ = {}; }
  const ports::Loaded& content() const { return content_; }

 private:
  void apply(const ports::Batch& batch);

  Schedule& schedule_;
  Duration sync_time_;
  ports::Loaded content_;
  Instant busy_until_{0};
  uint64_t life_ = 0;  // raised by a power cut: writes of an earlier life never happen
};

}  // namespace es::sim
