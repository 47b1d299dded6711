#pragma once
// Mailbox: how another thread speaks to the loop. The only lock of this folder is in it. The
// threads that post must have ended before the mailbox dies.

#include <functional>
#include <mutex>

#include "core/base/bounded_queue.h"
#include "platform/linux/net/loop.h"

namespace es::linux_net {

class Mailbox {
 public:
  Mailbox(Loop& loop, size_t capacity);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // From any thread: `work` is called on the loop's, in the order of the posts. False when the box
  // is full, and `work` is dropped.
  [[nodiscard]] bool post(std::function<void()> work);

 private:
  void deliver();

  std::mutex mutex_;
  BoundedQueue<std::function<void()>> letters_;  // under mutex_
  Handle<uv_async_t> wake_;
};

}  // namespace es::linux_net
