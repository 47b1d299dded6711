#pragma once
// Leader: what only the leading manager does. It lives from the moment when everything of earlier terms is applied until the term ends, and
// what it knows beyond the tables dies with it.
//
// It is the only proposer, and has one batch under way at a time: while one is being made durable, requests and reports gather, and the
// next batch takes them all (group commit). A batch is worked out on one Draft in a fixed order: observations, joins, commands,
// then the control loop and the scheduler. So a `service create` with its tasks and their nodes is one entry and one sync, and no two
// proposals can be at odds about a version.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/dispatcher/dispatcher.h"
#include "core/identity/join_gate.h"
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

constexpr size_t kMaxQueuedCommands = 1'024;
constexpr size_t kMaxQueuedJoins = 256;
// Commands of one batch; the rest goes into the next.
constexpr size_t kMaxCommandsPerBatch = 64;

class Leader {
 public:
  // `liveness` knows what gossip says.
  Leader(Step& step, Replica& replica, NodeLiveness liveness, uint16_t gossip_port);

  // Each of these takes a request in; the answer follows once it is in the log.
  void command(Step& step, NodeId from, CommandRequest request);
  void join(Step& step, NodeId via, wire::JoinRequest request);
  void register_node(Step& step, NodeId from, const wire::Register& registration);
  void report(Step& step, NodeId from, wire::StatusReport report);
  void session_check(Step& step, NodeId from, const wire::SessionCheck& check);
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

  // What is to be said when the batch under way is in the log.
  struct CommandDone {
    NodeId to;
    CommandReply reply;
  };
  struct ReportDone {
    NodeId to;
    wire::StatusAck ack;
  };
  using Answer = std::variant<CommandDone, ReportDone, JoinTicket, CertificateTicket>;

  // leader.cpp
  bool has_work(Instant now) const;
  void judge_nodes(Step& step);
  void propose(Step& step, state::Draft& draft);
  void finish_batch(Step& step, const std::optional<Error>& failure);
  void dispatch(Step& step);

  // leader_work.cpp: what goes into a batch
  void work_reports(state::Draft& draft);
  void work_registrations(state::Draft& draft);
  void work_tickets(state::Draft& draft);
  void work_commands(Step& step, state::Draft& draft);
  void work_departures(state::Draft& draft);
  void work_gossip_keys(Step& step, state::Draft& draft);
  std::optional<Error> quorum_objection(const orchestrator::Command& command) const;

  // leader_members.cpp: who is in raft
  void appoint_managers(state::Draft& draft) const;
  void change_members(Step& step);
  bool wants_in(const Node& node) const;

  // leader_sessions.cpp
  wire::SessionInfo session_info(NodeId node, uint64_t session) const;
  void send_session_infos(Step& step);
  void say_hello(Step& step);
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

  std::deque<std::pair<NodeId, CommandRequest>> commands_;
  std::vector<std::pair<NodeId, wire::StatusReport>> reports_;
  std::map<NodeId, wire::Register> registrations_;
  std::vector<NodeId> departures_;
  std::map<uint64_t, Ticket> signing_;  // by the number of the SignCertificate effect
  std::vector<Ticket> signed_;
  uint64_t last_ticket_ = 0;

  bool dirty_ = true;        // the tables, or what is believed of nodes, changed since the loop ran
  Instant loop_deadline_ = kNever;
  uint64_t last_change_ = 0;
  std::optional<uint64_t> awaited_change_;  // the last change of the batch under way
  std::vector<Answer> answers_;
  bool infos_dirty_ = false;
  bool members_changing_ = false;  // a change of raft's members was not committed yet when last looked
  bool handing_over_ = false;      // leadership, because this node shall be no manager any more
  std::map<NodeId, std::string> sent_infos_;  // encoded, without the session
};

}  // namespace es::node
