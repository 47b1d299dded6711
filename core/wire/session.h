#pragma once
// What an agent and the dispatcher of the leading manager say to each other. A session belongs to one leader's term: a new leader opens new
// sessions, and what an old one still sends is told apart by the session's number.

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/model/address.h"
#include "core/model/node.h"
#include "core/model/task.h"

namespace es::wire {

// Agent to manager: "here I am". Also sent when the description changes.
struct Register {
  NodeDescription description;
  SocketAddress address;
  uint64_t incarnation = 0;  // drawn at random at each start of the daemon; 0: an older version
  uint64_t starts = 0;  // this one included; see gossip::Options::start

  static constexpr auto fields() {
    return std::tuple{field(1, "Description", &Register::description), field(2, "Address", &Register::address),
                      field(3, "Incarnation", &Register::incarnation), field(4, "Starts", &Register::starts)};
  }
  bool operator==(const Register&) const = default;
};

struct ManagerAddress {
  NodeId node;
  uint64_t raft_id = 0;
  SocketAddress address;

  static constexpr auto fields() {
    return std::tuple{field(1, "Node", &ManagerAddress::node), field(2, "RaftID", &ManagerAddress::raft_id),
                      field(3, "Address", &ManagerAddress::address)};
  }
  bool operator==(const ManagerAddress&) const = default;
};

// Which of the two facts that a node's state rests on is missing (core/node/node_liveness.h).
enum class LivenessDoubt : uint8_t { kNone = 0, kGossipSilent = 1, kSessionSilent = 2 };

// What the leader believes of a node.
struct NodeBelief {
  NodeId node;
  NodeState state = NodeState::kUnknown;
  LivenessDoubt doubt = LivenessDoubt::kNone;

  static constexpr auto fields() {
    return std::tuple{field(1, "Node", &NodeBelief::node), field(2, "State", &NodeBelief::state),
                      field(3, "Doubt", &NodeBelief::doubt)};
  }
  bool operator==(const NodeBelief&) const = default;
};

// Leader to agent: the session is open; also sent again when one of these facts changes.
struct SessionInfo {
  uint64_t session = 0;
  std::vector<ManagerAddress> managers;
  std::vector<std::string> gossip_keys;
  NodeRole role = NodeRole::kWorker;  // what the node shall be; a certificate that says otherwise is to be renewed
  uint64_t raft_id = 0;               // of the node itself when it is, or shall be, a manager
  WallTime time_floor;
  std::vector<NodeBelief> beliefs;    // to managers only, whose API shows them
  uint64_t incarnation = 0;           // whom this is meant for, of two boards with one identity; 0: not said
  std::vector<NodeId> removed_nodes;  // all whose certificates count no more (core/model/removed_nodes.h)

  static constexpr auto fields() {
    using S = SessionInfo;
    return std::tuple{field(1, "Session", &S::session), field(2, "Managers", &S::managers),
                      field(3, "GossipKeys", &S::gossip_keys), field(4, "Role", &S::role),
                      field(5, "RaftID", &S::raft_id), field(6, "TimeFloor", &S::time_floor),
                      field(7, "RemovedNodes", &S::removed_nodes), field(21, "Beliefs", &S::beliefs),
                      field(22, "Incarnation", &S::incarnation)};
  }
  bool operator==(const SessionInfo&) const = default;
};

// Leader to agent: what the node must run. A session's first set is complete: it replaces everything before it, and may be spread over
// messages, all but the last with `more`. Those that follow are changes.
struct Assignments {
  uint64_t session = 0;
  uint64_t sequence = 0;  // from 1 without a gap; a gap makes the agent register anew
  bool complete = false;
  bool more = false;  // the complete set goes on in the next message
  std::vector<Task> put;
  std::vector<TaskId> removed;

  static constexpr auto fields() {
    using A = Assignments;
    return std::tuple{field(1, "Session", &A::session), field(2, "Sequence", &A::sequence),
                      field(3, "Complete", &A::complete), field(4, "Put", &A::put),
                      field(5, "Removed", &A::removed), field(6, "More", &A::more)};
  }
  bool operator==(const Assignments&) const = default;
};

struct TaskObservation {
  TaskId task;
  TaskStatus status;

  static constexpr auto fields() {
    return std::tuple{field(1, "Task", &TaskObservation::task), field(2, "Status", &TaskObservation::status)};
  }
  bool operator==(const TaskObservation&) const = default;
};

// Agent to leader: what became of the tasks; repeated until acknowledged.
struct StatusReport {
  uint64_t session = 0;
  uint64_t sequence = 0;
  std::vector<TaskObservation> observations;

  static constexpr auto fields() {
    using S = StatusReport;
    return std::tuple{field(1, "Session", &S::session), field(2, "Sequence", &S::sequence),
                      field(3, "Observations", &S::observations)};
  }
  bool operator==(const StatusReport&) const = default;
};

// Leader to agent: the report with this sequence is in the log for good.
struct StatusAck {
  uint64_t session = 0;
  uint64_t sequence = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "Session", &StatusAck::session), field(2, "Sequence", &StatusAck::sequence)};
  }
  bool operator==(const StatusAck&) const = default;
};

// Agent to leader, now and then: is anything lost between us? A transport delivers at most once, and what it lost last nobody would miss.
struct SessionCheck {
  uint64_t session = 0;
  uint64_t report_sequence = 0;  // of the last report sent

  static constexpr auto fields() {
    return std::tuple{field(1, "Session", &SessionCheck::session),
                      field(2, "ReportSequence", &SessionCheck::report_sequence)};
  }
  bool operator==(const SessionCheck&) const = default;
};

// Leader to agent. It arrives after everything that was sent before it on the same connection.
struct SessionState {
  uint64_t session = 0;
  uint64_t assignment_sequence = 0;  // of the last assignments sent
  bool reports_missing = false;      // not all reports up to the check's arrived

  static constexpr auto fields() {
    return std::tuple{field(1, "Session", &SessionState::session),
                      field(2, "AssignmentSequence", &SessionState::assignment_sequence),
                      field(3, "ReportsMissing", &SessionState::reports_missing)};
  }
  bool operator==(const SessionState&) const = default;
};

}  // namespace es::wire
