#pragma once
// Disk: what a board's store holds. Batches become durable some time after they were asked for, in
// order, each as a whole or not at all. A crash keeps a first part of those that are under way:
// nobody was told about them, and they may be there all the same.

#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "core/ports/store.h"
#include "tests/sim/schedule.h"

namespace es::sim {

class Disk final : public ports::Store {
 public:
  // As the product's store has it (platform/linux/store/sqlite_store.h).
  static constexpr size_t kQueueMax = 4096;

  Disk(Schedule& schedule, Duration sync_time, size_t queue_max = kQueueMax)
      : schedule_(schedule), sync_time_(sync_time), queue_max_(queue_max) {}

  Result<ports::Loaded> load() override { return content_; }
  void write(ports::Batch batch, std::function<void(Status)> done) override;

  void reopen(std::function<void(Result<ports::Loaded>)> done) override;

  // Without waiting: for what is written before a node is made.
  void write_now(const ports::Batch& batch) { apply(batch); }
  // The process or the power is gone. The first `kept` of the writes under way are on the medium.
  void crash(size_t kept);
  void power_off() { crash(0); }
  void wipe() { content_ = {}; }
  const ports::Loaded& content() const { return content_; }
  size_t waiting() const { return waiting_.size(); }

  // --- faults
  // The card does nothing for so long.
  void stall(Duration time);
  // Every write fails from now on: EIO, or no space. After one has, all do, until the store is
  // reopened on a medium that works again.
  void set_refusing(bool refusing) { refusing_ = refusing; }
  bool has_trouble() const { return refusing_ || failed_ || schedule_.now() < stalled_until_; }
  // The entry at this place and all behind it cannot be read any more. False: there are too few.
  bool rot(size_t place);
  // Calls `die` at the so many-th write from now (1: the next) instead of telling that it is done;
  // the write is durable, or lost with all that follow it.
  void die_at(uint64_t write, bool durable, std::function<void()> die);

  // A promise that was broken: a term or vote that went back. Empty: none.
  const std::string& violation() const { return violation_; }

 private:
  struct Write {
    ports::Batch batch;
    std::function<void(Status)> done;
    std::function<void(Result<ports::Loaded>)> reopened;  // it is no write, but a reopen()
    bool refused = false;                                 // it found the queue full
  };

  void queue(Write write);

  void complete();
  void apply(const ports::Batch& batch);
  void check(const ports::StoredHardState& next);

  Schedule& schedule_;
  Duration sync_time_;
  ports::Loaded content_;
  std::deque<Write> waiting_;
  Instant busy_until_{0};
  Instant stalled_until_{0};
  size_t queue_max_;
  bool refusing_ = false;
  bool failed_ = false;  // a write has, and the store was not reopened since
  uint64_t life_ = 0;  // raised by a crash
  uint64_t dies_at_ = 0;  // counts down; 0: not
  bool dies_durable_ = false;
  std::function<void()> die_;
  std::string violation_;
};

}  // namespace es::sim
