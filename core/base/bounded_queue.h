#pragma once
// BoundedQueue<T>: first in, first out, with a capacity fixed at construction. What happens at the bound is the caller's decision:
// push() says no and counts it.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "core/base/assert.h"

namespace es {

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) { ES_ASSERT(capacity > 0); }

  // False when full; the item is then dropped and counted in rejected().
  [[nodiscard]] bool push(T item) {
    if (items_.size() == capacity_) {
      ++rejected_;
      return false;
    }
    items_.push_back(std::move(item));
    return true;
  }

  // Pre: !empty().
  T pop() {
    ES_ASSERT(!items_.empty());
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

  const T& front() const { ES_ASSERT(!items_.empty()); return items_.front(); }
  bool empty() const { return items_.empty(); }
  bool full() const { return items_.size() == capacity_; }
  size_t size() const { return items_.size(); }
  size_t capacity() const { return capacity_; }
  uint64_t rejected() const { return rejected_; }
  void clear() { items_.clear(); }

 private:
  size_t capacity_;
  std::deque<T> items_;
  uint64_t rejected_ = 0;
};

}  // namespace es
