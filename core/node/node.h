#pragma once
// Node: a member of a cluster, whole: gossip, an agent, and on a manager a replica with its desk and, while it leads, a leader. One function
// takes what happens and says what to do about it; nothing else goes in or out.
//
//     step(event) -> effects
//
// A node is made from what its disk holds, and starting, restarting and recovering are the same thing. Creating a cluster or
// joining one means to write the first facts (first_manager, joined) and then to make the node.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/agent/agent.h"
#include "core/gossip/gossip.h"
#include "core/identity/authorization.h"
#include "core/node/desk.h"
#include "core/node/doorkeeper.h"
#include "core/node/event.h"
#include "core/node/leader.h"
#include "core/node/leader_link.h"
#include "core/node/replica.h"
#include "core/wire/join.h"

namespace es::node {

// A certificate that was asked for and did not come is asked for again.
constexpr Duration kCertificateRetry = seconds(5);

// A disk that failed is looked at again after this long, then after twice as long, up to the most.
constexpr Duration kReopenPause = milliseconds(500);
constexpr Duration kReopenPauseMax = seconds(4);

// A leader whose card hangs without an error would keep leading and begin nothing, since the others commit without it. After this long it hands
// over. Healthy cards stall for some seconds now and then.
constexpr Duration kDiskPatience = seconds(10);

constexpr size_t kMaxEarlyRequests = 1'024;

// Without a session for this long nobody that this node knows answers: the managers may have other addresses now, and the
// LAN is asked. Again after a pause that doubles from the first to the last.
constexpr Duration kSeekAfter = seconds(5);
constexpr Duration kSeekPauseMin = seconds(10);
constexpr Duration kSeekPauseMax = seconds(30);

// What this node learns of the others' addresses is written at most this often.
constexpr Duration kMembershipPause = seconds(10);
// A line for the operator about what other nodes say comes at most this often.
constexpr Duration kRefusalLogPause = seconds(10);

// A node that has heard none of the managers that it knows for so long, and has no session, takes a manager's certificate as proof: all
// managers were replaced while it was away. Those that it knows to be removed, or to be managers no more, stay what they are. A certificate that
// is younger than all that the node knows is taken sooner, also of one that was no manager any more: it is one again.
constexpr Duration kForsakenAfter = seconds(30);
constexpr Duration kNewsPatience = seconds(2);

struct NodeOptions {
  NodeDescription description;
  SocketAddress address;        // of the control port, as the others reach it
  uint16_t gossip_port = 7946;  // the same on every node
  uint64_t seed = 0;            // drawn anew from the operating system at each start
  std::optional<NodeRole> certificate_role;  // of the certificate in use; nothing: the role that the disk says
  ReplicaBounds bounds;
};

class Node {
 public:
  // What has to be on disk before the first manager of a new cluster is made. `self` is its node object, with a raft id.
  // `advertise` is the operator's wish for its address: see wire::Membership.
  static ports::Batch first_manager(const Cluster& cluster, const es::Node& self, WallTime wall, std::string advertise = {});
  // What has to be on disk before the only manager of a cluster that lost its quorum is made: everything that this manager's disk holds,
  // entries that nobody may have committed too, with itself as the only manager. The others are workers from then on, or have to
  // join again. `address`: where this node is reached from now on; empty: as before.
  // Errors: kCorrupt; kPrecondition on a node that is no manager or never had the tables.
  static Result<ports::Batch> forced_new_cluster(const ports::Loaded& loaded, const SocketAddress& address,
                                                 WallTime wall);
  // What has to be on disk before a node that was let in is made.
  static ports::Batch joined(const wire::Membership& membership);
  // Nothing when the disk knows of no cluster. Errors: kCorrupt.
  static Result<std::optional<wire::Membership>> membership_on(const ports::Loaded& loaded);

  // Errors: kCorrupt; kInvalid when there is no membership on the disk.
  static Result<std::unique_ptr<Node>> start(NodeOptions options, Instant now, WallTime wall,
                                             const ports::Loaded& loaded,
                                             const std::vector<ports::AdoptedContainer>& containers);

  // Pre: event.now never goes back. The effects are to be carried out before the next step.
  void step(const Event& event, Effects& out);

  // Whether a member may say this to this node now: asked before its message is read, and again by step(). The one place where that is
  // decided (core/identity/authorization.h).
  bool may_say(const PeerIdentity& from, identity::MessageKind kind, Instant now) const;
  // Messages that their senders may not say.
  uint64_t refused_messages() const { return refused_messages_; }

  // For whoever answers questions between steps.
  const wire::Membership& membership() const { return membership_; }
  const NodeDescription& description() const { return options_.description; }
  const state::Tables* tables() const { return replica_ ? &replica_->tables() : nullptr; }
  const Replica* replica() const { return replica_.get(); }
  const agent::Agent& agent() const { return agent_; }
  const WriteQueue& writes() const { return writes_; }
  const gossip::Gossip& gossip() const { return gossip_; }
  // Why this node's disk takes no writes; nothing while it does.
  std::optional<std::string> disk_trouble() const;
  // Another board runs with this node's identity and was first: this one takes no part in the cluster, and here is why.
  const std::optional<std::string>& kept_out() const { return kept_out_; }
  bool leads() const { return leader_ != nullptr; }
  bool has_left() const { return left_; }
  std::optional<NodeId> leader() const;
  std::vector<wire::ManagerAddress> managers() const { return link_.managers(); }
  // What the leader believes, as far as this node knows; without a leader what this node's gossip finds.
  NodeState liveness(NodeId node) const;
  // What the operator should know of that; empty: nothing.
  std::string liveness_message(NodeId node) const;

 private:
  // What the store knows of the starts of this node.
  struct Starts {
    uint64_t count = 0;

    static constexpr auto fields() { return std::tuple{field(1, "Count", &Starts::count)}; }
  };
  static Result<Starts> starts_on(const ports::Loaded& loaded);

  Node(NodeOptions options, wire::Membership membership, const Starts& earlier, Instant now);

  // node.cpp
  void settle(Step& step);
  void pump_replica(Step& step);
  void follow_leadership(Step& step);
  void release_early_requests(Step& step);
  void pump_gossip(Step& step);
  void pump_agent(Step& step);
  Instant next_deadline() const;
  std::optional<wire::NodeBelief> leaders_belief(NodeId node) const;

  // node_events.cpp: one for each event
  void on(Step& step, const PeerMessage& event);
  void on(Step& step, const PeerRefused& event);
  void on(Step& step, const StrangerMessage& event);
  void on(Step& step, const PeerLost& event);
  void on(Step& step, const GossipDatagram& event);
  void on(Step& step, const GossipSync& event);
  void on(Step& step, const Persisted& event);
  void on(Step& step, const TaskPrepared& event);
  void on(Step& step, const ContainerChanged& event);
  void on(Step& step, const ClientCommand& event);
  void on(Step& step, const ClientRead& event);
  void on(Step& step, const CertificateSigned& event);
  void on(Step& step, const SigningRequestMade& event);
  void on(Step& step, const CertificateRenewalDue& event);
  void on(Step& step, const DescriptionChanged& event);
  void on(Step& step, const LeaveRequested& event);
  void on(Step& step, const Tick& event);
  void on(Step& step, const StoreReopened& event);
  void on(Step& step, const ManagersFound& event);
  void on(Step& step, const AddressChanged& event);
  void on(Step& step, const SecretDrawn& event);
  void on(Step& step, const CertificateInstalled& event);

  // node_identity.cpp: one identity, one board
  bool let_in(Step& step, NodeId from, const wire::Register& registration);
  void enter_door_term();
  void keep_door(Step& step);
  bool judges(NodeId node) const;
  void tell_kept_out(Step& step, const Doorkeeper::KeptOut& out);
  void hear(Step& step, NodeId from, const IdentityQuestion& message);
  void hear(Step& step, NodeId from, const IdentityAnswer& message);
  void hear(Step& step, NodeId from, const Duplicate& message);
  bool is_another_board(NodeId from, const Message& message);
  bool is_another_leader(NodeId from, const raft::Message& message, uint64_t incarnation);
  void repeat_verdict(Step& step, NodeId from, uint64_t incarnation);
  void copy_is_kept_out(Step& step, uint64_t incarnation);
  void stay_out(Step& step);

  // node_namesake.cpp: the copy of an only manager
  bool is_only_manager() const;
  bool keeps_to_the_leader(Step& step, NodeId from, const Message& message);
  std::optional<Duration> seniority(Instant now) const;
  void hear(Step& step, const AnotherStart& message);
  void greet_namesake(Step& step, const SocketAddress& address);
  void hear_namesake(Step& step, const Message& message);
  void compare_with(Step& step, uint64_t incarnation, const IdentityAnswer& answer);

  // node_disk.cpp
  void disk_failed(Step& step, const Error& error);
  void watch_writes(Step& step);
  void look_at_disk(Step& step);
  Status restart_replica(const ports::Loaded& loaded);

  // node_history.cpp: tables that went another way
  void hear(NodeId from, const HistoryNote& message, uint64_t incarnation);
  raft::Index compare_histories();
  void begin_anew(Step& step, uint64_t index);

  // node_senders.cpp: who is who to this node
  identity::Receiver receiver() const;
  identity::Standing standing(const PeerIdentity& from, Instant now) const;
  bool is_news(const PeerIdentity& from) const;
  identity::Sender sender_of(const PeerIdentity& from, Instant now) const;
  bool is_removed(NodeId node) const;
  bool follows(NodeId node) const;
  bool is_forsaken(Instant now, Duration patience) const;
  void turn_away(Step& step, identity::Sender sender, NodeId node);
  bool is_sound(Step& step, NodeId node, const wire::Register& registration);
  static wire::StatusReport tidied(wire::StatusReport report);

  // node_messages.cpp: one for each message
  void hear(Step& step, const PeerIdentity& from, const SocketAddress& address, const Message& message);
  void hear(NodeId from, const SocketAddress& address, const raft::Message& message, uint64_t incarnation);
  void ask_leader(Step& step, NodeId from, const CommandRequest& message);
  void ask_leader(Step& step, NodeId from, const wire::JoinRequest& message);
  bool keep_early(NodeId from, Body body);
  void hear(Step& step, NodeId from, const wire::Register& message);
  void hear(Step& step, NodeId from, const wire::SessionInfo& message, uint64_t incarnation);
  void hear(Step& step, NodeId from, const wire::Assignments& message);
  void hear(Step& step, const PeerIdentity& from, const wire::SessionCheck& message);
  void hear(Step& step, NodeId from, const wire::SessionState& message);
  void hear(Step& step, NodeId from, const wire::CertificateReply& message);
  void leader_named(Step& step, uint64_t term, const wire::ManagerAddress& leader);
  void send_register(Step& step, const wire::ManagerAddress& to);

  // node_addresses.cpp: where the managers are, and this node
  void set_managers(Step& step, std::vector<wire::ManagerAddress> managers);
  void use_managers(Step& step, std::vector<wire::ManagerAddress> managers);
  void manager_is_at(Step& step, NodeId node, const SocketAddress& address);
  void gossip_speaks_of(Step& step, const gossip::MemberRecord& record);
  SocketAddress present_address(const wire::ManagerAddress& manager) const;
  void move_to(SocketAddress address);
  void seek_managers(Step& step);

  // node_membership.cpp: role and membership of this node
  void note_former_managers(const std::vector<wire::ManagerAddress>& managers);
  void set_removed(std::vector<NodeId> removed);
  void certificate_installed(Step& step, const Status& status);
  void take_role(Step& step, NodeRole role, uint64_t raft_id);
  void become_manager(Step& step);
  void start_replica(uint64_t raft_id);
  void become_worker(Step& step);
  void write_fresh_membership();
  void save_membership(Instant now);
  void save_starts();
  void forget_removed();
  void end_membership(Step& step, std::string reason);
  std::vector<SocketAddress> gossip_seeds() const;

  NodeOptions options_;
  wire::Membership membership_;
  Prng prng_;
  agent::Agent agent_;
  gossip::Gossip gossip_;
  LeaderLink link_;
  std::vector<wire::NodeBelief> beliefs_;  // of the leader that the session is with
  std::unique_ptr<Replica> replica_;  // managers only
  Desk desk_;
  std::unique_ptr<Leader> leader_;  // while this node leads
  // Requests that came between the election and the first own entry: the leader is known to others before it is ready.
  std::deque<std::pair<NodeId, Message>> early_requests_;
  WriteQueue writes_;
  std::optional<std::string> disk_trouble_;  // what it refused a write with
  bool disk_hangs_ = false;                  // it neither refuses nor answers
  Instant reopen_at_ = kNever;
  Duration reopen_pause_ = kReopenPause;
  NodeRole certificate_role_;    // of the certificate in use; may differ from the membership's after a power cut between the two
  uint64_t wanted_raft_id_ = 0;  // while a certificate for the other role is being asked for
  Instant certificate_retry_ = kNever;
  bool role_wanted_ = false;            // by the leader: another one than the certificate's
  bool certificate_asked_ = false;      // and not answered yet
  std::optional<NodeRole> installing_;  // the role of the certificate that is being put to use
  NodeId vouched_for_;                  // named as leader by a manager, since the leader named all of them last
  Instant manager_heard_;               // when a manager that this node believes said something last
  uint64_t refused_messages_ = 0;
  Instant next_word_logged_{0};
  Instant agent_deadline_ = kNever;
  bool membership_dirty_ = false;  // differs from what is on disk
  Instant next_membership_{0};
  Instant seek_at_ = kNever;
  Duration seek_pause_ = kSeekPauseMin;
  Starts starts_;                     // this one included
  const uint64_t incarnation_;        // of this start
  bool starts_saved_ = false;
  Doorkeeper door_;                   // managers only
  uint64_t door_term_ = 0;            // of raft, that door_ judges in
  uint64_t duplicate_told_ = 0;       // the last copy of this node that the operator was told of
  // Who spoke as leader of the newest term first.
  struct LeadersStart {
    uint64_t term = 0;
    NodeId node;
    uint64_t incarnation = 0;
  };
  LeadersStart leaders_start_;
  Instant next_verdict_{0};
  const Instant started_;
  uint64_t session_incarnation_ = 0;  // of the leader's start that opened the session; 0: not said
  std::optional<SocketAddress> another_start_;  // of that leader: where it is, until the leader was told
  Instant next_namesake_{0};
  std::optional<std::string> kept_out_;
  std::optional<HistoryNote> leaders_history_;  // to be compared once the tables are there
  bool left_ = false;
};

}  // namespace es::node
