#pragma once
// Loop: the one event loop of the process, on the main thread. Everything in this folder lives on
// it and is used from its thread only, except Mailbox::post. Whatever holds a handle must die
// before the loop does.

#include <uv.h>

#include <functional>
#include <memory>

#include "core/base/time.h"
#include "platform/linux/net/handle.h"

namespace es::linux_net {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Until stop(), or until nothing is left to wait for.
  void run();
  void stop();
  // Waits for one round of events, at most until `deadline`. For tests and for shutting down: false
  // once it has passed.
  bool run_until(Instant deadline, const std::function<bool()>& condition);

  // CLOCK_MONOTONIC.
  Instant now() const { return {static_cast<int64_t>(uv_hrtime())}; }

  // One buffer for whoever reads from a socket: libuv fills it and hands it over in the same
  // callback.
  uv_buf_t read_buffer() { return uv_buf_init(read_buffer_.get(), kReadBufferSize); }

  uv_loop_t* native() { return &native_; }

 private:
  static constexpr unsigned kReadBufferSize = 64 * 1024;

  uv_loop_t native_;
  std::unique_ptr<char[]> read_buffer_;
};

}  // namespace es::linux_net
