#pragma once
// The nodes whose certificates count no more (Cluster::removed_nodes). The list is replicated, in
// the order of removal, and bounded: when it is full the longest removed falls off, whose
// certificate has run out by then unless thousands of nodes were removed within one validity.

#include <cstddef>
#include <vector>

#include "core/base/id.h"

namespace es::identity {

constexpr size_t kMaxRemovedNodes = 4'096;

// A node that is there already moves to the end.
void add_removed(std::vector<NodeId>& removed, NodeId node);
bool is_removed(const std::vector<NodeId>& removed, NodeId node);

}  // namespace es::identity
