#include "platform/linux/runtime/loop_watch.h"

#include <unistd.h>

#include <utility>

#include "core/base/assert.h"

namespace es::runtime {

struct Readable::Handle {
  uv_poll_t poll;
  std::function<void()> ready;
};

Readable::Readable(uv_loop_t* loop, int fd, std::function<void()> ready)
    : handle_(new Handle{{}, std::move(ready)}), fd_(fd) {
  ES_ASSERT(fd >= 0);
  ES_ASSERT(uv_poll_init(loop, &handle_->poll, fd) == 0);
  handle_->poll.data = handle_;
  ES_ASSERT(uv_poll_start(&handle_->poll, UV_READABLE, [](uv_poll_t* poll, int, int) noexcept {
              static_cast<Handle*>(poll->data)->ready();
            }) == 0);
}

Readable::~Readable() {
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll),
           [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
  close(fd_);
}

struct Timer::Handle {
  uv_timer_t timer;
  std::function<void()> expired;
};

Timer::Timer(uv_loop_t* loop, std::function<void()> expired)
    : handle_(new Handle{{}, std::move(expired)}) {
  ES_ASSERT(uv_timer_init(loop, &handle_->timer) == 0);
  handle_->timer.data = handle_;
}

Timer::~Timer() {
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->timer),
           [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
}

void Timer::start(uint64_t delay_ms) {
  uv_timer_start(
      &handle_->timer,
      [](uv_timer_t* timer) noexcept { static_cast<Handle*>(timer->data)->expired(); }, delay_ms,
      0);
}

void Timer::stop() { uv_timer_stop(&handle_->timer); }

}  // namespace es::runtime
