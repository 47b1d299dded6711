// Who may say what to whom: every kind of message, from every kind of sender, to every kind of receiver.

#include <map>
#include <string>

#include "doctest/doctest.h"

#include "core/identity/authorization.h"

namespace es::identity {

namespace {

constexpr ClusterId kOwn{{1, 1}};
constexpr ClusterId kOther{{2, 2}};
constexpr NodeId kNode{{0, 5}};

// s stranger, f foreign, r removed, w worker, u unconfirmed, m manager, l leader; nobody: -
constexpr const char* kLetters = "sfrwuml";

struct Row {
  const char* kind;
  const char* to_worker;
  const char* to_manager;
  const char* to_leader;
};

constexpr Row kTable[] = {
    {"Raft", "-", "uml", "uml"},
    {"JoinRequest", "s", "sml", "sml"},
    {"JoinReply", "-", "uml", "uml"},
    {"CertificateRequest", "-", "-", "wuml"},
    {"CertificateReply", "l", "l", "l"},
    {"Register", "-", "wuml", "wuml"},
    {"SessionInfo", "ml", "ml", "ml"},
    {"Assignments", "l", "l", "l"},
    {"StatusReport", "-", "-", "wuml"},
    {"StatusAck", "l", "l", "l"},
    {"CommandRequest", "-", "ml", "ml"},
    {"CommandReply", "-", "uml", "uml"},
    {"LeaderHello", "ml", "ml", "ml"},
    {"NotLeader", "ml", "ml", "ml"},
    {"Removed", "ml", "ml", "-"},
    {"Leaving", "-", "-", "wuml"},
    {"SessionCheck", "-", "wuml", "wuml"},
    {"SessionState", "l", "l", "l"},
    {"IdentityQuestion", "ml", "ml", "ml"},
    {"IdentityAnswer", "-", "wuml", "wuml"},
    {"Duplicate", "ml", "ml", "ml"},
    {"HistoryNote", "-", "l", "l"},
    {"AnotherStart", "-", "wuml", "wuml"},
    {"LogAsk", "ml", "ml", "ml"},
    {"LogCredit", "ml", "ml", "ml"},
    {"LogStop", "ml", "ml", "ml"},
    {"LogPiece", "-", "wuml", "wuml"},
};

const char* senders_of(const Row& row, Receiver receiver) {
  if (receiver == Receiver::kWorker) return row.to_worker;
  return receiver == Receiver::kManager ? row.to_manager : row.to_leader;
}

}  // namespace

TEST_CASE("every kind of message, sender and receiver") {
  std::map<std::string, Row> expected;
  for (const Row& row : kTable) expected.emplace(row.kind, row);
  size_t pairs = 0;
  for (const Rule& rule : rules()) {
    const auto row = expected.find(std::string(rule.name));
    REQUIRE(row != expected.end());
    for (const Receiver receiver : kReceivers) {
      const std::string allowed = senders_of(row->second, receiver);
      for (const Sender sender : kSenders) {
        CAPTURE(rule.name);
        CAPTURE(kLetters[static_cast<size_t>(sender)]);
        CAPTURE(static_cast<int>(receiver));
        const bool expects = allowed.find(kLetters[static_cast<size_t>(sender)]) != std::string::npos;
        CHECK(may_say(sender, rule.kind, receiver) == expects);
        ++pairs;
      }
    }
    expected.erase(row);
  }
  CHECK(expected.empty());
  CHECK(pairs == std::size(kTable) * 7 * 3);
}

TEST_CASE("a kind that this version does not know may be said by nobody") {
  for (const int kind : {0, 24, 64, 65, 70, 255}) {
    CAPTURE(kind);
    const auto unknown = static_cast<MessageKind>(kind);
    CHECK(rule_of(unknown) == nullptr);
    CHECK(memory_budget(unknown, 1'000'000) == 0);
    for (const Receiver receiver : kReceivers) {
      for (const Sender sender : kSenders) CHECK_FALSE(may_say(sender, unknown, receiver));
    }
  }
}

TEST_CASE("what a sender is: the certificate, and what the receiver knows") {
  struct Case {
    const char* name;
    std::optional<PeerIdentity> peer;
    Standing standing;
    Sender sender;
  };
  const PeerIdentity worker{kOwn, kNode, NodeRole::kWorker};
  const PeerIdentity manager{kOwn, kNode, NodeRole::kManager};
  const PeerIdentity odd{kOwn, kNode, static_cast<NodeRole>(9)};
  for (const Case& c : {
           Case{"no certificate", std::nullopt, Standing::kLeader, Sender::kStranger},
           Case{"another cluster's manager", PeerIdentity{kOther, kNode, NodeRole::kManager}, Standing::kLeader, Sender::kForeign},
           Case{"a removed manager", manager, Standing::kRemoved, Sender::kRemoved},
           Case{"a removed worker", worker, Standing::kRemoved, Sender::kRemoved},
           Case{"a worker", worker, Standing::kUnknown, Sender::kWorker},
           Case{"a worker that is to be a manager and has no certificate yet", worker, Standing::kManager, Sender::kWorker},
           Case{"a worker that claims to lead", worker, Standing::kLeader, Sender::kWorker},
           Case{"an unknown role", odd, Standing::kManager, Sender::kWorker},
           Case{"a demoted manager with its old certificate", manager, Standing::kNoManager, Sender::kWorker},
           Case{"a manager that nobody has named", manager, Standing::kUnknown, Sender::kUnconfirmed},
           Case{"a manager", manager, Standing::kManager, Sender::kManager},
           Case{"the leader", manager, Standing::kLeader, Sender::kLeader},
       }) {
    CAPTURE(c.name);
    CHECK(sender_of(c.peer, kOwn, c.standing) == c.sender);
  }
}

TEST_CASE("who says less is given less memory for it") {
  CHECK(memory_budget(MessageKind::kJoinRequest, 16 * 1024) <= 5 * 16 * 1024);
  CHECK(rule_of(MessageKind::kJoinRequest)->max_bytes <= 16 * 1024);
  CHECK(rule_of(MessageKind::kRegister)->max_bytes <= 32 * 1024);
  for (const Rule& rule : rules()) {
    CAPTURE(rule.name);
    CHECK(memory_budget(rule.kind, rule.max_bytes) <= 16 * rule.max_bytes + (4u << 20));
  }
}

}  // namespace es::identity
