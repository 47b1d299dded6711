#pragma once
// Event: one object changed. For the dispatcher, watchers of the API, and whoever else acts on
// changes.

#include <variant>

#include "core/state/rows.h"

namespace es::state {

template <class T>
struct Altered {
  Ref<T> before;  // empty: the object is new
  Ref<T> after;   // empty: the object was removed

  bool created() const { return !before; }
  bool removed() const { return !after; }
  // The object as it is, or as it was when it was removed.
  const T& object() const { return after ? *after : *before; }
};

using Event = std::variant<Altered<Cluster>, Altered<Node>, Altered<Service>, Altered<Task>>;

}  // namespace es::state
