#include "core/identity/authorization.h"

#include <iterator>

namespace es::identity {

namespace {

constexpr uint8_t bit(Sender sender) { return static_cast<uint8_t>(1u << static_cast<unsigned>(sender)); }
constexpr uint8_t bit(Receiver receiver) { return static_cast<uint8_t>(1u << static_cast<unsigned>(receiver)); }

// Orders come from the leader of the open session only; what opens a session, and what ends a membership, from a
// manager that somebody believed has named.
constexpr uint8_t kLeads = bit(Sender::kLeader);
constexpr uint8_t kManages = kLeads | bit(Sender::kManager);
// A manager whose tables are old has not heard of the one that leads now, and must hear it to catch up (Raft judges
// terms and logs by itself); and it takes answers to its own questions from it.
constexpr uint8_t kSaysManager = kManages | bit(Sender::kUnconfirmed);
constexpr uint8_t kMember = kSaysManager | bit(Sender::kWorker);
constexpr uint8_t kStranger = bit(Sender::kStranger);

constexpr uint8_t kToLeader = bit(Receiver::kLeader);
constexpr uint8_t kToManagers = kToLeader | bit(Receiver::kManager);
constexpr uint8_t kToFollowers = bit(Receiver::kManager) | bit(Receiver::kWorker);
constexpr uint8_t kToAll = kToManagers | bit(Receiver::kWorker);

constexpr size_t kKiB = 1024;
constexpr size_t kFew = 4 * kKiB;        // a few numbers and addresses
constexpr size_t kFrame = 4'096 * kKiB;  // what a connection carries (platform/linux/net/frame.h)

// A list of small things takes more in memory than on the wire: a reported task three times its bytes, a task to be run
// or a label eight to sixteen times. Who says less is given less.
constexpr size_t kSmall = 64 * kKiB;
constexpr size_t kLarge = 1'024 * kKiB;

using K = MessageKind;

constexpr Rule kRules[] = {
    {K::kRaft, "Raft", kSaysManager, kToManagers, kFrame, kLarge, 8},
    // A board asks whichever node it finds; a manager forwards what it was asked, with the board's address.
    {K::kJoinRequest, "JoinRequest", kStranger | kManages, kToAll, 16 * kKiB, 16 * kKiB, 4},
    {K::kJoinReply, "JoinReply", kSaysManager, kToManagers, 256 * kKiB, kSmall, 8},
    {K::kCertificateRequest, "CertificateRequest", kMember, kToLeader, 8 * kKiB, kSmall, 4},
    {K::kCertificateReply, "CertificateReply", kLeads, kToAll, 64 * kKiB, kSmall, 4},
    {K::kRegister, "Register", kMember, kToManagers, 32 * kKiB, kSmall, 4},
    {K::kSessionInfo, "SessionInfo", kManages, kToAll, 512 * kKiB, kLarge, 8},
    {K::kAssignments, "Assignments", kLeads, kToAll, kFrame, kLarge, 16},
    {K::kStatusReport, "StatusReport", kMember, kToLeader, kFrame, kSmall, 4},
    {K::kStatusAck, "StatusAck", kLeads, kToAll, kFew, kSmall, 4},
    {K::kCommandRequest, "CommandRequest", kManages, kToManagers, kFrame, 4 * kLarge, 8},
    {K::kCommandReply, "CommandReply", kSaysManager, kToManagers, 512 * kKiB, kLarge, 8},
    {K::kLeaderHello, "LeaderHello", kManages, kToAll, kFew, kSmall, 4},
    {K::kNotLeader, "NotLeader", kManages, kToAll, kFew, kSmall, 4},
    // A leader has the word of a majority that it is a member.
    {K::kRemoved, "Removed", kManages, kToFollowers, kFew, kSmall, 4},
    {K::kLeaving, "Leaving", kMember, kToLeader, kFew, kSmall, 4},
    {K::kSessionCheck, "SessionCheck", kMember, kToManagers, kFew, kSmall, 4},
    {K::kSessionState, "SessionState", kLeads, kToAll, kFew, kSmall, 4},
    // A follower asks too, when somebody says that it is the leader's node.
    {K::kIdentityQuestion, "IdentityQuestion", kManages, kToAll, kFew, kSmall, 4},
    {K::kIdentityAnswer, "IdentityAnswer", kMember, kToManagers, kFew, kSmall, 4},
    {K::kDuplicate, "Duplicate", kManages, kToAll, kFew, kSmall, 4},
    {K::kHistoryNote, "HistoryNote", kLeads, kToManagers, kFew, kSmall, 4},
    {K::kAnotherStart, "AnotherStart", kMember, kToManagers, kFew, kSmall, 4},
    {K::kLogAsk, "LogAsk", kManages, kToAll, kFew, kSmall, 4},
    {K::kLogCredit, "LogCredit", kManages, kToAll, kFew, kSmall, 4},
    {K::kLogStop, "LogStop", kManages, kToAll, kFew, kSmall, 4},
    {K::kLogPiece, "LogPiece", kMember, kToManagers, kFrame, kLarge, 8},
};

}  // namespace

RuleList rules() { return {std::begin(kRules), std::end(kRules)}; }

const Rule* rule_of(MessageKind kind) {
  for (const Rule& rule : kRules) {
    if (rule.kind == kind) return &rule;
  }
  return nullptr;
}

Sender sender_of(const std::optional<PeerIdentity>& peer, ClusterId own_cluster, Standing standing) {
  if (!peer) return Sender::kStranger;
  if (peer->cluster != own_cluster) return Sender::kForeign;
  if (standing == Standing::kRemoved) return Sender::kRemoved;
  if (peer->role != NodeRole::kManager) return Sender::kWorker;
  switch (standing) {
    case Standing::kUnknown: return Sender::kUnconfirmed;
    case Standing::kManager: return Sender::kManager;
    case Standing::kLeader: return Sender::kLeader;
    default: return Sender::kWorker;
  }
}

bool may_say(Sender sender, MessageKind kind, Receiver receiver) {
  const Rule* rule = rule_of(kind);
  if (rule == nullptr) return false;
  // A worker only answers a stranger that it is the wrong one to ask; members know whom they ask.
  if (kind == K::kJoinRequest && sender != Sender::kStranger && receiver == Receiver::kWorker) return false;
  return (rule->senders & bit(sender)) != 0 && (rule->receivers & bit(receiver)) != 0;
}

size_t memory_budget(MessageKind kind, size_t message_bytes) {
  const Rule* rule = rule_of(kind);
  return rule == nullptr ? 0 : rule->memory_base + rule->memory_per_byte * message_bytes;
}

}  // namespace es::identity
