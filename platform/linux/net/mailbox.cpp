#include "platform/linux/net/mailbox.h"

#include <vector>

namespace es::linux_net {

Mailbox::Mailbox(Loop& loop, size_t capacity)
    : letters_(capacity), wake_(this, [&](uv_async_t* async) {
        return uv_async_init(loop.native(), async, [](uv_async_t* woken) noexcept {
          if (auto* self = owner_of<Mailbox>(woken)) self->deliver();
        });
      }) {}

bool Mailbox::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (!letters_.push(std::move(work))) return false;
  }
  uv_async_send(wake_.get());
  return true;
}

void Mailbox::deliver() {
  // As many as there are now: one that posts again must not keep the loop here.
  std::vector<std::function<void()>> batch;
  {
    const std::lock_guard lock(mutex_);
    while (!letters_.empty()) batch.push_back(letters_.pop());
  }
  for (const auto& work : batch) work();
}

}  // namespace es::linux_net
