#pragma once
// Effect: everything that a node can want done. Effects are carried out in order; those that take time are answered by an event.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/agent/effects.h"
#include "core/base/id.h"
#include "core/base/result.h"
#include "core/model/peer_identity.h"
#include "core/identity/certificate_policy.h"
#include "core/node/message.h"
#include "core/orchestrator/command.h"
#include "core/ports/store.h"
#include "core/state/event.h"

namespace es::node {

// May fail silently; a lost connection comes back as PeerLost.
struct SendMessage {
  NodeId to;
  SocketAddress address;  // empty: only over a connection that is open
  Message message;
  bool everywhere = false;  // over each connection with the node, and not the best one only
};
struct AnswerStranger {
  uint64_t connection = 0;
  Message message;
};
struct SendDatagram {
  SocketAddress to;
  std::string bytes;  // to be sealed
};
struct SendSync {
  SocketAddress to;
  std::string bytes;
};
// Answered by Persisted.
struct Persist {
  uint64_t id = 0;
  ports::Batch batch;
};
// Look whether the disk works again after it has failed. Answered by StoreReopened.
struct ReopenStore {};
struct AnswerCommand {
  uint64_t request = 0;
  Result<orchestrator::CommandAnswer> outcome;
};
struct AnswerRead {
  uint64_t request = 0;
  Status status;
};
// Answered by CertificateSigned.
struct SignCertificate {
  uint64_t request = 0;
  std::string signing_request;
  PeerIdentity subject;
  identity::CertificateDates dates;
  RootCa root_ca;
};
// Answered by SigningRequestMade.
struct MakeSigningRequest {};
// From now on the node presents this certificate, if it can be read and is for this node, the key of the last signing request, and this
// role. Answered by CertificateInstalled.
struct InstallCertificate {
  NodeRole role = NodeRole::kWorker;
  std::string certificate;
};
// Close every connection with the node, and accept none from it.
struct Disconnect {
  NodeId node;
};
// The first seals, all open.
struct UseGossipKeys {
  std::vector<std::string> keys;
};
// The membership is over: delete what is left of it.
struct ForgetCluster {
  std::string reason;
};
// A line for the operator.
struct Log {
  std::string text;
};

// Ask the LAN where the cluster's managers are. Each that proves to be one comes back as ManagersFound.
struct SeekManagers {};
// Bytes that nobody can guess, for a key. Answered by SecretDrawn.
struct DrawSecret {
  size_t bytes = 0;
};

// Closes all connections and takes none any more: this node has nothing to say.
struct CloseTransport {};

using Effect =
    std::variant<SendMessage, AnswerStranger, SendDatagram, SendSync, Persist, AnswerCommand, AnswerRead,
                 SignCertificate, MakeSigningRequest, InstallCertificate, Disconnect, UseGossipKeys, ForgetCluster,
                 Log, agent::PrepareTask, agent::StartContainer, agent::StopContainer, agent::RemoveContainer,
                 ReopenStore, SeekManagers, DrawSecret, CloseTransport>;

// What one step wants done. Its members are defined in effect.cpp: the code that a variant of this many types needs is
// then compiled once, and not in every file that includes this header.
struct Effects {
  std::vector<Effect> list;
  std::vector<state::Event> changes;  // what changed in this manager's tables, for whoever watches them
  Instant wake_at = kNever;           // call step(Tick) then, if nothing comes before

  Effects();
  ~Effects();
  Effects(const Effects&) = delete;
  Effects& operator=(const Effects&) = delete;

  void add(Effect effect);
};

}  // namespace es::node
