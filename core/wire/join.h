#pragma once
// How a board becomes a member, and how a member gets its next certificate.

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/model/address.h"
#include "core/model/node.h"
#include "core/wire/session.h"

namespace es::wire {

// The only message of a peer without a certificate. The connection was checked against the CA digest of the token before the secret is sent.
struct JoinRequest {
  uint64_t request = 0;
  std::string secret;           // 16 bytes, from the token
  std::string signing_request;  // PKCS #10, DER
  NodeDescription description;
  SocketAddress address;        // where the board's control port answers; an empty IP: as seen by the manager
  NodeAvailability availability = NodeAvailability::kActive;
  std::string remote_ip;        // filled in by the manager that took the connection, for the leader's rate limit

  static constexpr auto fields() {
    using J = JoinRequest;
    return std::tuple{field(1, "Request", &J::request), field(2, "Secret", &J::secret),
                      field(3, "SigningRequest", &J::signing_request),
                      field(4, "Description", &J::description), field(5, "Address", &J::address),
                      field(6, "Availability", &J::availability), field(7, "RemoteIP", &J::remote_ip)};
  }
  bool operator==(const JoinRequest&) const = default;
};

// Everything a member needs to begin.
struct Membership {
  ClusterId cluster;
  NodeId node;
  NodeRole role = NodeRole::kWorker;
  uint64_t raft_id = 0;  // 0 for a worker
  SocketAddress address;
  std::vector<ManagerAddress> managers;
  std::vector<std::string> gossip_keys;
  WallTime time_floor;
  std::vector<NodeId> removed_nodes;    // as the leader said last
  std::vector<NodeId> former_managers;  // this node saw them leave `managers`: an old certificate of theirs says too much
  std::string advertise;  // on the node's own disk only: what the operator asked for; empty: the address is chosen by itself

  static constexpr auto fields() {
    using M = Membership;
    return std::tuple{field(1, "Cluster", &M::cluster), field(2, "Node", &M::node), field(3, "Role", &M::role),
                      field(4, "RaftID", &M::raft_id), field(5, "Address", &M::address),
                      field(6, "Managers", &M::managers), field(7, "GossipKeys", &M::gossip_keys),
                      field(8, "TimeFloor", &M::time_floor), field(9, "RemovedNodes", &M::removed_nodes),
                      field(10, "FormerManagers", &M::former_managers), field(21, "Advertise", &M::advertise)};
  }
  bool operator==(const Membership&) const = default;
};

struct JoinReply {
  uint64_t request = 0;
  std::string error;  // one sentence; empty: welcome
  Membership membership;
  std::string certificate;     // DER
  std::string ca_certificate;  // DER

  static constexpr auto fields() {
    using J = JoinReply;
    return std::tuple{field(1, "Request", &J::request), field(2, "Error", &J::error),
                      field(3, "Membership", &J::membership), field(4, "Certificate", &J::certificate),
                      field(5, "CACertificate", &J::ca_certificate)};
  }
  bool operator==(const JoinReply&) const = default;
};

// A member asks for a certificate with the role that the leader says it has.
struct CertificateRequest {
  std::string signing_request;

  static constexpr auto fields() {
    return std::tuple{field(1, "SigningRequest", &CertificateRequest::signing_request)};
  }
  bool operator==(const CertificateRequest&) const = default;
};

struct CertificateReply {
  NodeRole role = NodeRole::kWorker;
  std::string certificate;

  static constexpr auto fields() {
    return std::tuple{field(1, "Role", &CertificateReply::role), field(2, "Certificate", &CertificateReply::certificate)};
  }
  bool operator==(const CertificateReply&) const = default;
};

}  // namespace es::wire
