#pragma once
// SignalWatch: a signal of the operating system as a call on the loop.

#include <functional>

#include "platform/linux/net/loop.h"

namespace es::linux_net {

class SignalWatch {
 public:
  SignalWatch(Loop& loop, int signal, std::function<void()> caught)
      : caught_(std::move(caught)),
        handle_(this, [&](uv_signal_t* watch) { return uv_signal_init(loop.native(), watch); }) {
    ES_ASSERT(uv_signal_start(
                  handle_.get(),
                  [](uv_signal_t* watch, int) noexcept {
                    if (auto* self = owner_of<SignalWatch>(watch)) self->caught_();
                  },
                  signal) == 0);
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  std::function<void()> caught_;
  Handle<uv_signal_t> handle_;
};

}  // namespace es::linux_net
