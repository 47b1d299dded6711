#pragma once
// How large objects and tables may become. Whoever writes an object checks these, so that every action finds a change that it fits into, and
// what a snapshot holds can always be restored.

#include <cstddef>

#include "core/state/draft.h"

namespace es::state {

// Of one object, encoded; below kMaxChangeBytes by what else a change may hold beside it.
constexpr size_t kMaxObjectBytes = 1'400'000;

// Of the tables as a snapshot: what users write, such as services and labels, may not grow beyond it.
constexpr size_t kMaxStateBytes = 32u << 20;
// Beside it, for what puts a full cluster in order: scaling and rollbacks, which keep the specification that was there before. What follows
// from commands, such as tasks and their history, has room up to node::kMaxSnapshotBytes.
constexpr size_t kReservedStateBytes = 16u << 20;

// Objects of one kind.
constexpr size_t kMaxRows = 65'536;

// True when one more object of a kind would be more than kMaxRows. A draft makes fewer than `few`: far from the bound nothing is counted.
template <class T>
bool is_full(const Draft& draft, size_t few = kMaxRows / 2) {
  if (draft.base().rows<T>().size() + few < kMaxRows) return false;
  if constexpr (std::is_same_v<T, Node>) return draft.nodes().size() >= kMaxRows;
  else if constexpr (std::is_same_v<T, Service>) return draft.services().size() >= kMaxRows;
  else if constexpr (std::is_same_v<T, Task>) return draft.tasks().size() >= kMaxRows;
  else return false;  // there is one cluster
}

}  // namespace es::state
