#pragma once
// Authorization: who may say what to a node. What a peer is stands in its certificate, which the
// edge has verified against the cluster's authority; that it is still a member is checked here,
// against the list of the removed.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/model/peer_identity.h"

namespace es::identity {

// What a message asks of its sender; each includes the ones before it.
enum class Privilege : uint8_t {
  kAnyone,   // no certificate: a board that wants to join
  kMember,   // any node of this cluster
  kManager,  // a node with a manager's certificate
};

// `peer` is nothing for a peer without a certificate.
bool allowed(const std::optional<PeerIdentity>& peer, Privilege needed);

// The same with the cluster's own view: a certificate of another cluster or of a removed node is
// worth nothing, whatever its dates and its role. A removed node is refused at once, for its next
// message and not only for its next connection. Errors: kUnauthorized.
Status authorize(const std::optional<PeerIdentity>& peer, Privilege needed, ClusterId own_cluster,
                 const std::vector<NodeId>& removed_nodes);

}  // namespace es::identity
