#pragma once
// The nodes whose certificates count no more: Cluster::removed_nodes, and the copy of it that every node keeps
// (wire::Membership). The list is in the order of removal, and bounded: when it is full the longest removed falls off,
// whose certificate has run out by then unless a thousand nodes were removed within one validity.

#include <cstddef>
#include <vector>

#include "core/base/id.h"

namespace es {

// It travels with every SessionInfo: 18 bytes each.
constexpr size_t kMaxRemovedNodes = 1'000;

// A node that is there already moves to the end.
void add_removed(std::vector<NodeId>& removed, NodeId node);
bool is_removed(const std::vector<NodeId>& removed, NodeId node);

}  // namespace es
