#pragma once
// LoopClock: the loop's time and one timer of it, for a driver.

#include <functional>
#include <utility>

#include "core/ports/clock.h"
#include "platform/linux/net/timer.h"
#include "services/daemon/wall_clock.h"

namespace es::daemon {

class LoopClock final : public ports::Clock {
 public:
  LoopClock(linux_net::Loop& loop, std::function<void()> alarm)
      : loop_(loop), timer_(loop, std::move(alarm)) {}

  Instant now() const override { return loop_.now(); }
  WallTime wall() const override { return wall_now(); }
  void wake_at(Instant at) override { timer_.at(at); }

 private:
  linux_net::Loop& loop_;
  linux_net::Timer timer_;
};

}  // namespace es::daemon
