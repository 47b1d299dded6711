#pragma once
// Handle<T>: the owner of one libuv handle. libuv closes a handle in a later turn of the loop and
// needs its memory until then; so the memory belongs to the closing callback, and an owner may die
// at any time, even inside a callback of its own. Every callback asks owner_of() first and does
// nothing when the owner is gone.

#include <uv.h>

#include <utility>

#include "core/base/assert.h"

namespace es::linux_net {

template <class T>
class Handle {
 public:
  Handle() = default;

  // `init` calls uv_..._init on the new handle and returns its result.
  template <class Init>
  Handle(void* owner, Init init) : native_(new T{}) {
    ES_ASSERT(init(native_) == 0);
    native_->data = owner;
  }
  Handle(Handle&& other) noexcept : native_(std::exchange(other.native_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      native_ = std::exchange(other.native_, nullptr);
    }
    return *this;
  }
  ~Handle() { reset(); }

  // Closes the handle: no callback reaches the owner from now on.
  void reset() {
    if (native_ == nullptr) return;
    native_->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(native_),
             [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
    native_ = nullptr;
  }

  // From now on callbacks reach this owner.
  void adopt(void* owner) { native_->data = owner; }

  bool open() const { return native_ != nullptr; }
  T* get() const { return native_; }
  uv_handle_t* handle() const { return reinterpret_cast<uv_handle_t*>(native_); }
  uv_stream_t* stream() const { return reinterpret_cast<uv_stream_t*>(native_); }

 private:
  T* native_ = nullptr;
};

template <class Owner, class T>
Owner* owner_of(const T* native) {
  return static_cast<Owner*>(native->data);
}

}  // namespace es::linux_net
