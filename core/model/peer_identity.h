#pragma once
// PeerIdentity: what a verified node certificate says (subject O = cluster, CN = node, OU = role, as in Swarm).

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/time.h"
#include "core/model/node.h"

namespace es {

struct PeerIdentity {
  ClusterId cluster;
  NodeId node;
  NodeRole role = NodeRole::kWorker;
  WallTime valid_from{};  // of the certificate, 0: not known; no part of who it is, since a renewed one says the same

  static constexpr auto fields() {
    return std::tuple{field(1, "Cluster", &PeerIdentity::cluster), field(2, "Node", &PeerIdentity::node),
                      field(3, "Role", &PeerIdentity::role), field(4, "ValidFrom", &PeerIdentity::valid_from)};
  }
  bool operator==(const PeerIdentity& other) const {
    return cluster == other.cluster && node == other.node && role == other.role;
  }
};

}  // namespace es
