#include "platform/linux/net/loop.h"

#include "platform/linux/net/timer.h"

namespace es::linux_net {

namespace {

constexpr int kClosingRounds = 1000;

}  // namespace

Loop::Loop() : read_buffer_(new char[kReadBufferSize]) { ES_ASSERT(uv_loop_init(&native_) == 0); }

Loop::~Loop() {
  int rounds = 0;
  while (uv_loop_close(&native_) == UV_EBUSY) {
    ES_ASSERT(++rounds < kClosingRounds);  // somebody's handle outlives the loop
    uv_run(&native_, UV_RUN_NOWAIT);
  }
}

void Loop::run() { uv_run(&native_, UV_RUN_DEFAULT); }

void Loop::stop() { uv_stop(&native_); }

bool Loop::run_until(Instant deadline, const std::function<bool()>& condition) {
  Timer alarm(*this, [] {});
  alarm.at(deadline);
  while (!condition()) {
    if (now() >= deadline) return false;
    uv_run(&native_, UV_RUN_ONCE);
  }
  return true;
}

}  // namespace es::linux_net
