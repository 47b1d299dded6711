#include "core/model/removed_nodes.h"

#include <algorithm>
#include <cstddef>

namespace es {

void add_removed(std::vector<NodeId>& removed, NodeId node) {
  std::erase(removed, node);
  removed.push_back(node);
  if (removed.size() > kMaxRemovedNodes) {
    const auto excess = static_cast<std::ptrdiff_t>(removed.size() - kMaxRemovedNodes);
    removed.erase(removed.begin(), removed.begin() + excess);
  }
}

bool is_removed(const std::vector<NodeId>& removed, NodeId node) {
  return std::find(removed.begin(), removed.end(), node) != removed.end();
}

}  // namespace es
