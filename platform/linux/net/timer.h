#pragma once
// Timer: one call at or after an instant. Resolution 1 ms; never early. It dies without firing.

#include <functional>

#include "core/base/time.h"
#include "platform/linux/net/loop.h"

namespace es::linux_net {

class Timer {
 public:
  Timer(Loop& loop, std::function<void()> fire);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Replaces an earlier deadline. kNever cancels.
  void at(Instant deadline);
  void after(Duration delay) { at(loop_.now() + delay); }
  void cancel() { at(kNever); }
  bool armed() const { return deadline_ != kNever; }

 private:
  void start();
  void on_fire();

  Loop& loop_;
  std::function<void()> fire_;
  Instant deadline_ = kNever;
  Handle<uv_timer_t> handle_;
};

}  // namespace es::linux_net
