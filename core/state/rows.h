#pragma once
// Rows: one kind of replicated object by id. Objects are immutable and shared: a table, a draft
// over it and the events that tell of a change hold the same one, and a change makes a new object.

#include <map>
#include <memory>
#include <tuple>

#include "core/model/cluster.h"
#include "core/model/node.h"
#include "core/model/service.h"
#include "core/model/task.h"

namespace es::state {

template <class T>
using Ref = std::shared_ptr<const T>;

// Ordered by id, so that every replica iterates in the same order.
template <class T>
using Rows = std::map<decltype(T::id), Ref<T>>;

using AllRows = std::tuple<Rows<Cluster>, Rows<Node>, Rows<Service>, Rows<Task>>;

template <class T>
Ref<T> find_row(const Rows<T>& rows, const decltype(T::id)& id) {
  const auto it = rows.find(id);
  return it == rows.end() ? nullptr : it->second;
}

}  // namespace es::state
