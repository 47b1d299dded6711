#pragma once
// Message: everything that one node says to another over its mutually authenticated connection (gossip has its own datagrams). Who may say
// what is decided in one place: core/identity/authorization.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/identity/authorization.h"
#include "core/model/address.h"
#include "core/model/node.h"
#include "core/orchestrator/command.h"
#include "core/raft/message.h"
#include "core/wire/join.h"
#include "core/wire/session.h"

namespace es::node {

// A follower hands a client's command to the leader, and gets its answer back.
struct CommandRequest {
  uint64_t request = 0;  // the sender's number for it
  orchestrator::Command command;

  static constexpr auto fields() {
    return std::tuple{field(1, "Request", &CommandRequest::request), field(2, "Command", &CommandRequest::command)};
  }
  bool operator==(const CommandRequest&) const = default;
};

struct CommandReply {
  uint64_t request = 0;
  uint64_t applied_index = 0;  // the sender's client may read its own write once this is applied
  uint8_t error_code = 0;      // Errc + 1; 0: no error
  std::string error_message;
  orchestrator::CommandAnswer answer;
  bool not_leader = false;  // nothing was done: it may be asked elsewhere

  static constexpr auto fields() {
    using C = CommandReply;
    return std::tuple{field(1, "Request", &C::request), field(2, "AppliedIndex", &C::applied_index),
                      field(3, "ErrorCode", &C::error_code), field(4, "ErrorMessage", &C::error_message),
                      field(5, "Answer", &C::answer), field(6, "NotLeader", &C::not_leader)};
  }
  bool operator==(const CommandReply&) const = default;
};

// A new leader tells every node: agents open their sessions with it.
struct LeaderHello {
  uint64_t term = 0;
  wire::ManagerAddress leader;

  static constexpr auto fields() {
    return std::tuple{field(1, "Term", &LeaderHello::term), field(2, "Leader", &LeaderHello::leader)};
  }
  bool operator==(const LeaderHello&) const = default;
};

// A manager that does not lead answers a Register with what it knows; an empty leader means "nobody leads".
struct NotLeader {
  uint64_t term = 0;
  wire::ManagerAddress leader;

  static constexpr auto fields() {
    return std::tuple{field(1, "Term", &NotLeader::term), field(2, "Leader", &NotLeader::leader)};
  }
  bool operator==(const NotLeader&) const = default;
};

// The node is not a member any more; it stops its tasks and forgets the cluster.
struct Removed {
  static constexpr auto fields() { return std::tuple{}; }
  bool operator==(const Removed&) const = default;
};

// A member leaves of its own will.
struct Leaving {
  static constexpr auto fields() { return std::tuple{}; }
  bool operator==(const Leaving&) const = default;
};

// Two boards say that they are this node: whoever hears it answers with the incarnation of its own start (core/node/doorkeeper.h).
struct IdentityQuestion {
  uint64_t question = 0;  // drawn at random: an answer proves that the node lived after it was asked

  static constexpr auto fields() { return std::tuple{field(1, "Question", &IdentityQuestion::question)}; }
  bool operator==(const IdentityQuestion&) const = default;
};

struct IdentityAnswer {
  uint64_t question = 0;
  uint64_t incarnation = 0;
  Duration age;       // of an only manager's start; the longest there is: a member of a group. Said to a board with the same identity only
  uint64_t term = 0;  // of raft, as above

  static constexpr auto fields() {
    return std::tuple{field(1, "Question", &IdentityAnswer::question),
                      field(2, "Incarnation", &IdentityAnswer::incarnation), field(3, "Age", &IdentityAnswer::age),
                      field(4, "Term", &IdentityAnswer::term)};
  }
  bool operator==(const IdentityAnswer&) const = default;
};

// Of two boards with one identity the one with this incarnation is kept out. Both are told.
struct Duplicate {
  uint64_t incarnation = 0;
  uint64_t starts = 0;  // its own count

  static constexpr auto fields() {
    return std::tuple{field(1, "Incarnation", &Duplicate::incarnation), field(2, "Starts", &Duplicate::starts)};
  }
  bool operator==(const Duplicate&) const = default;
};

// The leader's tables are here and came this way (core/node/history.h); managers whose own went another way drop them.
struct HistoryNote {
  uint64_t term = 0;
  uint64_t index = 0;
  uint64_t history = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "Term", &HistoryNote::term), field(2, "Index", &HistoryNote::index),
                      field(3, "History", &HistoryNote::history)};
  }
  bool operator==(const HistoryNote&) const = default;
};

// To the leader whose session the sender has: another board said from `address` that it leads, under the same identity.
struct AnotherStart {
  SocketAddress address;

  static constexpr auto fields() { return std::tuple{field(1, "Address", &AnotherStart::address)}; }
  bool operator==(const AnotherStart&) const = default;
};

// Only added to at the end: the number of an alternative is its place.
using Body = std::variant<raft::Message, wire::JoinRequest, wire::JoinReply, wire::CertificateRequest,
                          wire::CertificateReply, wire::Register, wire::SessionInfo, wire::Assignments,
                          wire::StatusReport, wire::StatusAck, CommandRequest, CommandReply, LeaderHello,
                          NotLeader, Removed, Leaving, wire::SessionCheck, wire::SessionState, IdentityQuestion,
                          IdentityAnswer, Duplicate, HistoryNote, AnotherStart>;

struct Message {
  Body body;
  uint64_t incarnation = 0;  // of the sender's start (core/node/doorkeeper.h); 0: not said

  static constexpr auto fields() {
    return std::tuple{field(1, "Body", &Message::body), field(2, "Incarnation", &Message::incarnation)};
  }
  bool operator==(const Message&) const = default;
};

static_assert(std::variant_size_v<Body> == static_cast<size_t>(identity::MessageKind::kAnotherStart),
              "a new message needs its rule in core/identity/authorization.cpp");

constexpr identity::MessageKind kind_of(const Body& body) {
  return static_cast<identity::MessageKind>(body.index() + 1);
}
// From the first bytes of an encoded Message, which are all that is looked at. Nothing when they are not those of one; whether this version
// knows the kind is for the rules to say.
std::optional<identity::MessageKind> kind_of(std::string_view message);

}  // namespace es::node
