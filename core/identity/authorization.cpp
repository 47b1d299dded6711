#include "core/identity/authorization.h"

#include "core/identity/removed_nodes.h"

namespace es::identity {

bool allowed(const std::optional<PeerIdentity>& peer, Privilege needed) {
  switch (needed) {
    case Privilege::kAnyone:
      return true;
    case Privilege::kMember:
      return peer.has_value();
    case Privilege::kManager:
      return peer && peer->role == NodeRole::kManager;
  }
  return false;
}

Status authorize(const std::optional<PeerIdentity>& peer, Privilege needed, ClusterId own_cluster,
                 const std::vector<NodeId>& removed_nodes) {
  if (peer && peer->cluster != own_cluster) {
    return Error{Errc::kUnauthorized, "the certificate belongs to another cluster"};
  }
  if (peer && is_removed(removed_nodes, peer->node)) {
    return Error{Errc::kUnauthorized,
                 "node " + peer->node.to_string() + " was removed from the cluster"};
  }
  if (allowed(peer, needed)) return {};
  return Error{Errc::kUnauthorized, needed == Privilege::kManager
                                        ? "only a manager may ask for this"
                                        : "only a member of the cluster may ask for this"};
}

}  // namespace es::identity
