#include "platform/linux/net/timer.h"

#include <algorithm>

namespace es::linux_net {

Timer::Timer(Loop& loop, std::function<void()> fire)
    : loop_(loop),
      fire_(std::move(fire)),
      handle_(this, [&](uv_timer_t* timer) { return uv_timer_init(loop.native(), timer); }) {}

void Timer::at(Instant deadline) {
  deadline_ = deadline;
  if (deadline == kNever) {
    uv_timer_stop(handle_.get());
  } else {
    start();
  }
}

void Timer::start() {
  uv_update_time(loop_.native());  // libuv counts from the time of the turn's begin
  const int64_t wait_ns = std::max<int64_t>(deadline_.ns - loop_.now().ns, 0);
  const auto wait_ms = static_cast<uint64_t>((wait_ns + 999'999) / 1'000'000);
  uv_timer_start(
      handle_.get(),
      [](uv_timer_t* timer) noexcept {
        if (auto* self = owner_of<Timer>(timer)) self->on_fire();
      },
      wait_ms, 0);
}

void Timer::on_fire() {
  if (loop_.now() < deadline_) return start();
  deadline_ = kNever;
  const auto fire = fire_;  // it may destroy this timer
  fire();
}

}  // namespace es::linux_net
