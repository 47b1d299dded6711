#pragma once
// Leader: what only the leading manager does. It lives from the moment when everything of earlier terms is applied until the term ends, and
// what it knows beyond the tables dies with it.
//
// It is the only proposer, and has one batch under way at a time: while one is being made durable, requests and reports gather, and the
// next batch takes them (group commit), up to its bounds. A batch is worked out on one Draft in a fixed order: observations, joins,
// commands, then the control loop and the scheduler. So a `service create` with its tasks and their nodes is one entry and one sync, and no
// two proposals can be at odds about a version.
//
// Nothing is answered before it is true for the whole cluster: what was written when its part of the batch is applied, what was only found
// out (an error, nothing to do) when a quorum has confirmed that this node led then. What was not written by a refused part is
// answered with the refusal, or taken into the next batch where nobody would ask again.

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/agent/agent.h"
#include "core/dispatcher/dispatcher.h"
#include "core/identity/join_gate.h"
#include "core/node/allowance.h"
#include "core/node/batch.h"
#include "core/node/event.h"
#include "core/node/gossip_keys.h"
#include "core/node/node_liveness.h"
#include "core/node/replica.h"
#include "core/node/step.h"
#include "core/orchestrator/control_loop.h"
#include "core/scheduler/scheduler.h"

namespace es::node {

// Between two hellos to a node that has no session.
constexpr Duration kHelloPauseMin = seconds(2);
constexpr Duration kHelloPauseMax = seconds(60);

// Between two notes of the tables' history to the other managers.
constexpr Duration kHistoryPause = seconds(1);

constexpr size_t kMaxQueuedCommands = 1'024;
constexpr size_t kMaxQueuedCommandBytes = 32u << 20;
constexpr size_t kMaxQueuedJoins = 256;
// Commands of one batch, which stops at either bound; the rest goes into the next.
constexpr size_t kMaxCommandsPerBatch = 64;
constexpr size_t kMaxCommandBytesPerBatch = state::kMaxChangeBytes;

// After a refusal, which no batch should meet, the next one waits this long: what would be refused again must not fill the disk.
constexpr Duration kRefusalPause = milliseconds(500);

// A peer counts as answering for this long: raft asks anew every election timeout, and its answer may be on its way.
constexpr Duration kAnswering = kRaftTick * (2 * kElectionTicks);

// Of each text that an agent says of a task; the rest is cut off.
constexpr size_t kMaxObservedTextBytes = 4'096;

// What a node may ask for by its messages alone, again and again: signatures, which stop the loop for a moment each, and writes of every manager,
// which wear their cards out. An honest node stays far below.
constexpr int kCertificatesAtOnce = 6;
constexpr Duration kCertificatePause = seconds(5);
// Of what it says of itself; the last word waits for its turn.
constexpr int kRegistrationsAtOnce = 8;
constexpr Duration kRegistrationPause = seconds(5);
// Of other words for a task's state than those that are written.
constexpr int kRewordingsAtOnce = agent::kMaxTasks;
constexpr Duration kRewordingPause = seconds(1);

class Leader {
 public:
  // `liveness` knows what gossip says.
  Leader(Step& step, Replica& replica, NodeLiveness liveness, uint16_t gossip_port);

  // Each of these takes a request in; the answer follows once it is in the log.
  void command(Step& step, NodeId from, CommandRequest request);
  void join(Step& step, NodeId via, wire::JoinRequest request);
  void register_node(Step& step, NodeId from, const wire::Register& registration);
  // True when it belongs to the open session with the node.
  bool report(Step& step, NodeId from, const wire::StatusReport& report);
  // `certificate`: the role that the sender's says.
  bool session_check(Step& step, NodeId from, NodeRole certificate, const wire::SessionCheck& check);
  void certificate_request(Step& step, NodeId from, const wire::CertificateRequest& request);
  void certificate_signed(Step& step, const CertificateSigned& signed_certificate);
  void leaving(NodeId from);
  void secret_drawn(Instant now, std::string secret) { gossip_keys_.secret_drawn(now, std::move(secret)); }
  void gossip_says(NodeId node, GossipFinding finding, Instant since) { liveness_.gossip_says(node, finding, since); }

  uint64_t term() const { return term_; }

  const state::Liveness& liveness() const { return liveness_.states(); }
  const std::vector<wire::NodeBelief>& beliefs() const { return liveness_.beliefs(); }

  // The tables have moved on.
  void applied(Step& step, const ReplicaOutput& output);
  // Hands leadership to a voter that answers and holds what is committed, if the other voters that answer are a quorum. For a node whose disk has
  // not answered a write for kDiskPatience.
  void disk_hangs(Step& step);
  // Proposes what has gathered, unless a batch is under way.
  void advance(Step& step);
  Instant next_deadline() const;

 private:
  struct JoinTicket {
    NodeId via;
    wire::JoinRequest request;
    Node node;                // to be put into the tables
    std::string certificate;  // empty until signed
  };
  struct CertificateTicket {
    NodeId node;
    NodeRole role;
    std::string certificate;
  };
  using Ticket = std::variant<JoinTicket, CertificateTicket>;

  struct QueuedCommand {
    NodeId from;
    CommandRequest request;
    size_t bytes;
  };
  // What a node has reported and the log does not hold yet.
  struct Report {
    uint64_t session = 0;
    uint64_t sequence = 0;  // of the last report in here
    std::map<TaskId, TaskStatus> seen;
  };

  // What is to be said when its part of the batch under way is in the log, or done when that is refused.
  struct CommandDone {
    NodeId to;
    CommandReply reply;
  };
  struct ReportDone {
    NodeId from;
    Report report;
  };
  struct RegistrationDone {
    NodeId from;
    wire::Register registration;
  };
  struct DepartureDone {
    NodeId from;
  };
  // A node that these tables do not know spoke as a member.
  struct Unknown {
    NodeId node;
  };
  struct Answer {
    std::variant<CommandDone, ReportDone, RegistrationDone, DepartureDone, JoinTicket, CertificateTicket, Unknown> what;
    std::vector<state::ObjectId> objects;  // that it wrote; none: see Batch::fate
  };

  // leader.cpp
  bool may_begin() const;
  void refused(Instant now);
  bool has_work(Instant now) const;
  void judge_nodes(Step& step);
  void begin_batch(Step& step);
  void hold_back_surplus_tasks(Step& step, std::vector<state::Action>& actions);
  void propose_parts(Step& step);
  void confirm_batch(Step& step);
  void dispatch(Step& step);

  // leader_answers.cpp: what becomes of the work of a batch
  void finish_parts(Step& step);
  void finish(Step& step, CommandDone& done, const Status& fate);
  void finish(Step& step, ReportDone& done, const Status& fate);
  void finish(Step& step, RegistrationDone& done, const Status& fate);
  void finish(Step& step, DepartureDone& done, const Status& fate);
  void finish(Step& step, JoinTicket& done, const Status& fate);
  void finish(Step& step, CertificateTicket& done, const Status& fate);
  void finish(Step& step, Unknown& done, const Status& fate);
  void take_report(NodeId from, Report report);
  void refuse(Step& step, NodeId to, uint64_t request, const Error& error) const;

  // leader_work.cpp: what goes into a batch
  void work_reports(Step& step, state::Draft& draft);
  void work_registrations(Step& step, state::Draft& draft);
  void work_tickets(Step& step, state::Draft& draft);
  void work_seen_roles(state::Draft& draft);
  void work_commands(Step& step, state::Draft& draft);
  void work_departures(state::Draft& draft);
  void work_command(Step& step, state::Draft& draft, size_t& state_bytes, QueuedCommand command);
  void work_gossip_keys(Step& step, state::Draft& draft);
  template <class Done>
  void await(Done done, std::vector<state::ObjectId> objects = {}) {
    answers_.push_back({std::move(done), std::move(objects)});
  }

  // leader_members.cpp: who is in raft
  void appoint_managers(state::Draft& draft) const;
  void change_members(Step& step);
  bool wants_in(const Node& node) const;
  void watch_peers(Instant now);
  bool answers(Instant now, raft::PeerId peer) const;
  std::optional<Error> quorum_objection(Instant now, const state::Draft& draft, const orchestrator::Command& command) const;
  bool keeps_quorum_without(raft::PeerId peer) const;
  void remove_member(Step& step, const std::vector<raft::PeerId>& unwanted);
  void hand_over(Step& step, const std::vector<raft::PeerId>& unwanted, const char* reason);

  // leader_sessions.cpp
  wire::SessionInfo session_info(NodeId node, uint64_t session) const;
  void send_session_infos(Step& step);
  void say_hello(Step& step);
  void say_history(Step& step);
  void request_signature(Step& step, const std::string& signing_request, const PeerIdentity& subject, Ticket ticket);
  void answer_join(Step& step, const JoinTicket& ticket, const std::string& error) const;

  Replica& replica_;
  uint64_t term_;
  orchestrator::ControlLoop loop_;
  scheduler::Scheduler scheduler_;
  dispatcher::Dispatcher dispatcher_;
  identity::JoinGate gate_;
  NodeLiveness liveness_;
  uint16_t gossip_port_;
  GossipKeys gossip_keys_;
  bool greeted_ = false;  // this node itself
  Instant next_hello_{0};
  Duration hello_pause_ = kHelloPauseMin;
  uint64_t history_said_at_ = 0;  // index of the tables
  Instant next_history_{0};

  std::deque<QueuedCommand> commands_;
  size_t command_bytes_ = 0;
  std::map<NodeId, Report> reports_;
  std::map<NodeId, wire::Register> registrations_;
  std::map<NodeId, wire::Register> held_registrations_;  // until the node may have another one written
  Instant held_until_ = kNever;
  Allowance certificates_{kCertificatesAtOnce, kCertificatePause};
  Allowance registrations_allowed_{kRegistrationsAtOnce, kRegistrationPause};
  Allowance rewordings_{kRewordingsAtOnce, kRewordingPause};
  std::set<NodeId> unknown_;  // that spoke as members
  std::map<NodeId, NodeRole> seen_roles_;  // of certificates, where the tables say another one
  std::set<NodeId> departures_;
  std::map<uint64_t, Ticket> signing_;  // by the number of the SignCertificate effect
  std::vector<Ticket> signed_;
  uint64_t last_ticket_ = 0;
  WallTime last_issued_;  // of a certificate for another role than before

  bool dirty_ = true;        // the tables, or what is believed of nodes, changed since the loop ran
  Instant loop_deadline_ = kNever;
  uint64_t last_change_ = 0;
  std::optional<Batch> batch_;  // under way
  std::vector<Answer> answers_;
  std::optional<uint64_t> confirmation_;  // raft's read that tells whether this node still leads
  Instant pause_ends_ = kNever;  // before it no batch begins: a part of the last one was refused
  bool told_full_ = false;
  bool infos_dirty_ = false;
  bool members_changing_ = false;  // a change of raft's members was not committed yet when last looked
  bool handing_over_ = false;      // leadership, because this node shall be no manager any more
  bool told_waiting_ = false;      // that a member cannot be removed yet
  std::map<raft::PeerId, Instant> answered_at_;
  std::map<NodeId, uint64_t> incarnations_;   // that the sessions are with
  std::map<NodeId, std::string> sent_infos_;  // encoded, without the session
};

}  // namespace es::node
