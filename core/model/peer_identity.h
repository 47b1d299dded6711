#pragma once
// PeerIdentity: what a verified node certificate says (subject O = cluster, CN = node, OU = role, as in Swarm).

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/model/node.h"

namespace es {

struct PeerIdentity {
  ClusterId cluster;
  NodeId node;
  NodeRole role = NodeRole::kWorker;

  static constexpr auto fields() {
    return std::tuple{field(1, "Cluster", &PeerIdentity::cluster), field(2, "Node", &PeerIdentity::node),
                      field(3, "Role", &PeerIdentity::role)};
  }
  bool operator==(const PeerIdentity&) const = default;
};

}  // namespace es
