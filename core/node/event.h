#pragma once
// Event: everything that can happen to a node. The time stands in the envelope; nothing else in core knows it.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/agent/effects.h"
#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/peer_identity.h"
#include "core/node/message.h"
#include "core/orchestrator/command.h"
#include "core/ports/runtime.h"
#include "core/ports/store.h"

namespace es::node {

// A member said something; its certificate was verified.
struct PeerMessage {
  PeerIdentity from;
  SocketAddress address;  // where it said it from
  Message message;
};
// A member said what it may not say (Node::may_say): its message was not read.
struct PeerRefused {
  PeerIdentity from;
};
// A peer without a certificate said something: only a JoinRequest is listened to.
struct StrangerMessage {
  uint64_t connection = 0;  // for the answer
  std::string remote_ip;
  Message message;
};
// The connection to a peer broke. Messages may be lost in both directions.
struct PeerLost {
  NodeId node;
};

struct GossipDatagram {
  SocketAddress from;
  std::string bytes;  // opened already
};
struct GossipSync {
  std::string bytes;
};

// A Persist effect is done. Completions come in order. After kLimit the node writes the same again;
// any other error is final.
struct Persisted {
  uint64_t id = 0;
  Status status;
};

// The disk works again and holds this, or it still does not.
struct StoreReopened {
  Result<ports::Loaded> loaded;
};

struct TaskPrepared {
  TaskId task;
  Result<agent::Prepared> outcome;
};
struct ContainerChanged {
  TaskId task;
  ports::ContainerEvent event;
};

// A client of the local API.
struct ClientCommand {
  uint64_t request = 0;
  orchestrator::Command command;
};
// A client wants to read: answered when the local tables hold every write that was acknowledged before.
struct ClientRead {
  uint64_t request = 0;
};

struct CertificateSigned {
  uint64_t request = 0;
  Result<std::string> certificate;  // DER
};
// The answer to MakeSigningRequest.
struct SigningRequestMade {
  std::string signing_request;  // DER
};
// The answer to InstallCertificate. Without success the node goes on with the certificate that it had.
struct CertificateInstalled {
  Status status;
};
// The node's certificate has lived for most of its life.
struct CertificateRenewalDue {};

// The board offers something else than before.
struct DescriptionChanged {
  NodeDescription description;
};
struct LeaveRequested {};
// Members with a manager's certificate answered at these addresses.
struct ManagersFound {
  std::vector<wire::ManagerAddress> managers;
};
// The others reach this node's control port here from now on.
struct AddressChanged {
  SocketAddress address;
};
struct SecretDrawn {
  std::string secret;
};
// Time has passed.
struct Tick {};

using EventBody =
    std::variant<PeerMessage, StrangerMessage, PeerLost, GossipDatagram, GossipSync, Persisted, TaskPrepared,
                 ContainerChanged, ClientCommand, ClientRead, CertificateSigned, SigningRequestMade,
                 CertificateRenewalDue, DescriptionChanged, LeaveRequested, Tick, StoreReopened, ManagersFound,
                 AddressChanged, SecretDrawn, CertificateInstalled, PeerRefused>;

struct Event {
  Instant now;
  WallTime wall;
  EventBody body;
};

}  // namespace es::node
