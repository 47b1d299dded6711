#pragma once
// Authorization: which node may say which message to which. One table, asked in one place (core/node's Node::may_say)
// for every message of another node, from its first bytes, before anything reads the rest of it.
//
// A certificate says which cluster a node belongs to and what it was when the certificate was made. What it is now is
// what the receiver knows: the list of the removed, the tables, the managers that the leader has named.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/id.h"
#include "core/model/peer_identity.h"

namespace es::identity {

// Numbers are the wire's: the place of a message in node::Body, from 1.
enum class MessageKind : uint8_t {
  kRaft = 1,
  kJoinRequest = 2,
  kJoinReply = 3,
  kCertificateRequest = 4,
  kCertificateReply = 5,
  kRegister = 6,
  kSessionInfo = 7,
  kAssignments = 8,
  kStatusReport = 9,
  kStatusAck = 10,
  kCommandRequest = 11,
  kCommandReply = 12,
  kLeaderHello = 13,
  kNotLeader = 14,
  kRemoved = 15,
  kLeaving = 16,
  kSessionCheck = 17,
  kSessionState = 18,
  kIdentityQuestion = 19,
  kIdentityAnswer = 20,
  kDuplicate = 21,
  kHistoryNote = 22,
  kAnotherStart = 23,
  // The output of tasks, which only passes through (services/daemon/envelope.h): 64 and its place there.
  kLogAsk = 66,
  kLogCredit = 67,
  kLogStop = 68,
  kLogPiece = 69,
};

// What a sender is to the node that hears it.
enum class Sender : uint8_t {
  kStranger,      // no certificate: a board that wants to join
  kForeign,       // of another cluster
  kRemoved,       // was removed, whatever its certificate says
  kWorker,        // a member; also one that was a manager once and whose certificate still says so
  kUnconfirmed,   // its certificate says manager, and nobody that the receiver believes has said so yet
  kManager,
  kLeader,        // the manager with which the receiver's session is open, in that session's term
};
constexpr Sender kSenders[] = {Sender::kStranger, Sender::kForeign,     Sender::kRemoved, Sender::kWorker,
                               Sender::kUnconfirmed, Sender::kManager, Sender::kLeader};

enum class Receiver : uint8_t { kWorker, kManager, kLeader };
constexpr Receiver kReceivers[] = {Receiver::kWorker, Receiver::kManager, Receiver::kLeader};

// What the receiver knows of a member, beside the certificate.
enum class Standing : uint8_t { kUnknown, kRemoved, kNoManager, kManager, kLeader };

struct Rule {
  MessageKind kind;
  std::string_view name;
  uint8_t senders;         // bit = Sender
  uint8_t receivers;       // bit = Receiver
  size_t max_bytes;        // of the message on the wire
  size_t memory_base;      // what decoding may take in memory: this, and
  size_t memory_per_byte;  // so much for each byte of the message
};

struct RuleList {
  const Rule* first;
  const Rule* last;
  const Rule* begin() const { return first; }
  const Rule* end() const { return last; }
};
// Every kind there is, once.
RuleList rules();

// Nothing for a kind that this version does not know: nobody may say it.
const Rule* rule_of(MessageKind kind);

// `peer` is nothing for a peer without a certificate.
Sender sender_of(const std::optional<PeerIdentity>& peer, ClusterId own_cluster, Standing standing);

bool may_say(Sender sender, MessageKind kind, Receiver receiver);

// How much memory the decoded message may take, its text and its containers counted. Pre: rule_of(kind).
size_t memory_budget(MessageKind kind, size_t message_bytes);

}  // namespace es::identity
