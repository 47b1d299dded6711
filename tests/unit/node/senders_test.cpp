// Who may say what to a whole node: every message from every kind of certificate, and what a removed, demoted or lying node achieves.

#include <doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <string>

#include "core/wire/codec.h"
#include "tests/sim/cluster.h"

namespace es::sim {

namespace {

using identity::MessageKind;
using identity::Receiver;
using identity::Sender;

NodeId numbered(uint64_t n) { return NodeId{{9, n}}; }

const ClusterId kOwn{{7, 7}};
const NodeId kSelf = numbered(1);
const NodeId kLeaderNode = numbered(2);
const NodeId kManagerNode = numbered(3);
const NodeId kWorkerNode = numbered(4);
const NodeId kRemovedNode = numbered(5);
const NodeId kFormerNode = numbered(6);
const NodeId kUnknownNode = numbered(8);
constexpr uint64_t kTerm = 5;
constexpr WallTime kFloor = WallTime{} + hours(100);  // of all that the node has heard

NodeDescription description() {
  NodeDescription one;
  one.hostname = "board";
  one.platform = {"arm64", "linux", "v8"};
  one.resources.cpu_nano = 4'000'000'000;
  one.resources.memory_bytes = 1 << 30;
  return one;
}

wire::ManagerAddress manager(NodeId node) { return {node, node.bits.low, {"10.0.0." + std::to_string(node.bits.low), 2377}}; }

// One node without a world: what it wants done is looked at and thrown away.
class Rig {
 public:
  explicit Rig(Receiver kind) {
    node::NodeOptions options;
    options.description = description();
    options.address = {"10.0.0.1", 2377};
    options.seed = 3;
    const ports::Batch first = kind == Receiver::kLeader ? leaders_disk() : members_disk(kind);
    ports::Loaded loaded;
    loaded.snapshot = first.snapshot;
    if (first.hard_state) loaded.hard_state = *first.hard_state;
    for (const auto& [name, value] : first.facts) loaded.facts[name] = *value;
    auto started = node::Node::start(std::move(options), now_, WallTime{1}, loaded, {});
    REQUIRE(started.ok());
    node_ = std::move(*started);
    step(node::Tick{});
    if (kind == Receiver::kLeader) {
      REQUIRE(node_->leads());
      return;
    }
    say(identity_of(Sender::kLeader), session_info());
    refused_ = node_->refused_messages();
    REQUIRE(refused_ == 0);
  }

  // Of the session that is open.
  wire::SessionInfo session_info(uint64_t term = kTerm) const {
    wire::SessionInfo info;
    info.session = term << 32 | 1;
    info.managers = {manager(kLeaderNode), manager(kManagerNode)};
    info.role = node_->tables() != nullptr ? NodeRole::kManager : NodeRole::kWorker;
    info.raft_id = node_->membership().raft_id;
    info.gossip_keys = {std::string(16, 'k')};
    info.removed_nodes = {kRemovedNode};
    info.time_floor = kFloor;
    return info;
  }

  PeerIdentity identity_of(Sender sender) const {
    switch (sender) {
      case Sender::kForeign: return {ClusterId{{8, 8}}, kLeaderNode, NodeRole::kManager};
      case Sender::kRemoved: return {kOwn, kRemovedNode, NodeRole::kManager};
      case Sender::kWorker: return {kOwn, kWorkerNode, NodeRole::kWorker};
      case Sender::kUnconfirmed: return {kOwn, kUnknownNode, NodeRole::kManager};
      case Sender::kManager: return {kOwn, kManagerNode, NodeRole::kManager};
      default: return {kOwn, node_->leads() ? kSelf : kLeaderNode, NodeRole::kManager};
    }
  }

  void step(node::EventBody body) {
    node::Effects out;
    now_ = now_ + milliseconds(1);
    node_->step({now_, WallTime{1}, std::move(body)}, out);
    for (node::Effect& effect : out.list) {
      if (auto* persist = std::get_if<node::Persist>(&effect)) writes_.push_back(persist->id);
      else effects.push_back(std::move(effect));
    }
    while (!writes_.empty()) {
      const uint64_t id = writes_.front();
      writes_.pop_front();
      step(node::Persisted{id, {}});
    }
  }
  void wait(Duration time) { now_ = now_ + time; }

  void say(const PeerIdentity& from, node::Body body) { step(node::PeerMessage{from, {"10.0.0.9", 2377}, {std::move(body)}}); }
  // Whether the node refused to listen.
  bool refuses(const PeerIdentity& from, node::Body body) {
    const uint64_t before = node_->refused_messages();
    say(from, std::move(body));
    return node_->refused_messages() != before;
  }

  template <class E>
  size_t count() const {
    return static_cast<size_t>(std::count_if(effects.begin(), effects.end(), [](const node::Effect& effect) { return std::holds_alternative<E>(effect); }));
  }
  bool asked(NodeId node) const {
    return std::any_of(effects.begin(), effects.end(), [node](const node::Effect& effect) {
      const auto* send = std::get_if<node::SendMessage>(&effect);
      return send != nullptr && send->to == node && std::holds_alternative<wire::Register>(send->message.body);
    });
  }
  const node::Node& node() const { return *node_; }

  std::vector<node::Effect> effects;

 private:
  static ports::Batch leaders_disk() {
    es::Cluster cluster;
    cluster.id = kOwn;
    cluster.gossip_keys = {std::string(16, 'k')};
    cluster.next_raft_id = 4;
    cluster.removed_nodes = {kRemovedNode};
    es::Node self;
    self.id = kSelf;
    self.spec.role = NodeRole::kManager;
    self.certificate_role = NodeRole::kManager;
    self.description = description();
    self.address = {"10.0.0.1", 2377};
    self.manager = ManagerInfo{1};
    es::Node other = self;  // promoted, without a certificate yet: it is in no quorum
    other.id = kManagerNode;
    other.certificate_role = NodeRole::kWorker;
    other.manager.reset();
    ports::Batch batch = node::Node::first_manager(cluster, self, WallTime{1});
    batch.snapshot = node::Replica::first_batch(1, {{kSelf, 1}, WallTime{1}, {cluster, self, other}}).snapshot;
    return batch;
  }

  static ports::Batch members_disk(Receiver kind) {
    wire::Membership membership;
    membership.cluster = kOwn;
    membership.node = kSelf;
    membership.role = kind == Receiver::kManager ? NodeRole::kManager : NodeRole::kWorker;
    membership.raft_id = kind == Receiver::kManager ? 1 : 0;
    membership.address = {"10.0.0.1", 2377};
    membership.managers = {manager(kLeaderNode), manager(kManagerNode), manager(kFormerNode)};
    membership.gossip_keys = {std::string(16, 'k')};
    ports::Batch batch = node::Node::joined(membership);
    batch.reset_log = false;
    return batch;
  }

  Instant now_{0};
  std::unique_ptr<node::Node> node_;
  std::deque<uint64_t> writes_;
  uint64_t refused_ = 0;
};

template <size_t I = 0>
node::Body body_of(size_t index) {
  if constexpr (I < std::variant_size_v<node::Body>) {
    if (index == I) return node::Body(std::in_place_index<I>);
    return body_of<I + 1>(index);
  } else {
    return {};
  }
}

// As empty as a message of its kind can be.
node::Body sample(size_t index) {
  node::Body body = body_of(index);
  if (auto* registration = std::get_if<wire::Register>(&body)) registration->description = description();
  return body;
}

wire::Assignments order(uint64_t session) {
  wire::Assignments assignments;
  assignments.session = session;
  assignments.sequence = 1;
  assignments.complete = true;
  Task task;
  task.id = TaskId{{4, 4}};
  task.spec.container.image = "evil";
  task.status.state = TaskState::kAssigned;
  task.desired_state = TaskState::kRunning;
  assignments.put.push_back(task);
  return assignments;
}

bool is_of_identity(MessageKind kind) {
  return kind == MessageKind::kIdentityQuestion || kind == MessageKind::kIdentityAnswer || kind == MessageKind::kDuplicate;
}

}  // namespace

TEST_CASE("every message from every kind of certificate to every kind of node") {
  size_t tried = 0;
  for (const Receiver receiver : identity::kReceivers) {
    for (const Sender sender : identity::kSenders) {
      if (sender == Sender::kStranger) continue;  // has no connection for these: below
      for (size_t index = 0; index < std::variant_size_v<node::Body>; ++index) {
        Rig rig(receiver);
        const node::Body body = sample(index);
        const MessageKind kind = node::kind_of(body);
        CAPTURE(identity::rule_of(kind)->name);
        CAPTURE(static_cast<int>(sender));
        CAPTURE(static_cast<int>(receiver));
        const bool is_own = rig.identity_of(sender).node == kSelf;  // a leader follows itself, but not what comes from outside in its name
        const bool allowed = identity::may_say(sender, kind, receiver) && (!is_own || is_of_identity(kind));
        CHECK(rig.node().may_say(rig.identity_of(sender), kind, Instant{0} + hours(1)) == allowed);
        CHECK(rig.refuses(rig.identity_of(sender), body) == !allowed);
        ++tried;
      }
    }
  }
  CHECK(tried == 3 * 6 * std::variant_size_v<node::Body>);
}

TEST_CASE("a stranger may ask to join and nothing else") {
  for (const Receiver receiver : identity::kReceivers) {
    for (size_t index = 0; index < std::variant_size_v<node::Body>; ++index) {
      Rig rig(receiver);
      const node::Body body = sample(index);
      const uint64_t before = rig.node().refused_messages();
      rig.effects.clear();
      rig.step(node::StrangerMessage{1, "10.0.0.77", {body}});
      CAPTURE(index);
      const bool allowed = identity::may_say(Sender::kStranger, node::kind_of(body), receiver);
      CHECK((rig.node().refused_messages() == before) == allowed);
      CHECK(rig.count<node::InstallCertificate>() + rig.count<node::ForgetCluster>() + rig.count<agent::PrepareTask>() == 0);
    }
  }
}

TEST_CASE("the kind of a message stands in its first bytes") {
  for (size_t index = 0; index < std::variant_size_v<node::Body>; ++index) {
    node::Message message{body_of(index)};
    if (index == 0) message.body = raft::Message{1, 2, 3, raft::TimeoutNow{}};
    const std::string bytes = wire::encode(message);
    CHECK(node::kind_of(bytes) == node::kind_of(message.body));
    for (size_t cut = 0; cut < bytes.size(); ++cut) static_cast<void>(node::kind_of(std::string_view(bytes).substr(0, cut)));
  }
  CHECK_FALSE(node::kind_of(std::string_view()).has_value());
  CHECK_FALSE(node::kind_of(std::string_view("\x08\x01", 2)).has_value());
  CHECK_FALSE(node::kind_of(std::string_view("garbage that is none")).has_value());
}

TEST_CASE("a removed or demoted manager gives no orders, opens no session and sends nobody away, also after a restart of the node") {
  for (const NodeId liar : {kRemovedNode, kFormerNode, kUnknownNode, kWorkerNode}) {
    for (const NodeRole role : {NodeRole::kManager, NodeRole::kWorker}) {
      Rig rig(Receiver::kWorker);
      const PeerIdentity from{kOwn, liar, role};
      CHECK(rig.node().membership().former_managers == std::vector<NodeId>{kFormerNode});
      const uint64_t session = rig.session_info().session;
      rig.effects.clear();
      for (const uint64_t term : {kTerm, kTerm + 1, kTerm + 1'000, uint64_t{1} << 31}) {
        CHECK(rig.refuses(from, rig.session_info(term)));
        CHECK(rig.refuses(from, order(term << 32 | 1)));
      }
      CHECK(rig.refuses(from, order(session)));
      CHECK(rig.refuses(from, node::Removed{}));
      CHECK(rig.refuses(from, node::NotLeader{uint64_t{1} << 62, manager(liar)}));
      CHECK(rig.refuses(from, node::LeaderHello{uint64_t{1} << 62, manager(liar)}));
      CHECK(rig.refuses(from, wire::CertificateReply{NodeRole::kManager, "x"}));
      rig.wait(minutes(10));  // the session is open: nothing makes up for what the leader says
      CHECK(rig.refuses(from, node::Removed{}));
      CHECK(rig.count<agent::PrepareTask>() == 0);
      CHECK(rig.count<node::ForgetCluster>() == 0);
      CHECK(rig.count<node::InstallCertificate>() == 0);
      CHECK_FALSE(rig.node().has_left());
      // The leader's own orders are carried out as before.
      rig.say(rig.identity_of(Sender::kLeader), order(session));
      CHECK(rig.count<agent::PrepareTask>() == 1);
    }
  }
}

TEST_CASE("a hint moves no term and ends no session, whoever gives it") {
  Rig rig(Receiver::kWorker);
  const PeerIdentity from = rig.identity_of(Sender::kManager);
  CHECK_FALSE(rig.refuses(from, node::NotLeader{uint64_t{1} << 62, manager(kManagerNode)}));
  CHECK_FALSE(rig.refuses(from, node::LeaderHello{UINT64_MAX, manager(kManagerNode)}));
  CHECK_FALSE(rig.refuses(from, rig.session_info(uint64_t{1} << 31)));  // nobody can have got there
  CHECK(rig.node().leader() == kLeaderNode);
  rig.effects.clear();
  rig.say(rig.identity_of(Sender::kLeader), order(rig.session_info().session));
  CHECK(rig.count<agent::PrepareTask>() == 1);
  // The next leader is followed.
  rig.say(from, rig.session_info(kTerm + 1));
  CHECK(rig.node().leader() == kManagerNode);
  // And the old one gives no orders any more, nor does it open its session again.
  CHECK(rig.refuses(rig.identity_of(Sender::kLeader), order(rig.session_info().session)));
  rig.say(rig.identity_of(Sender::kLeader), rig.session_info());
  CHECK(rig.node().leader() == kManagerNode);
  // A term has one leader.
  rig.say(rig.identity_of(Sender::kLeader), rig.session_info(kTerm + 1));
  CHECK(rig.node().leader() == kManagerNode);
}

TEST_CASE("a manager without a session asks the leader that its group hears") {
  Rig rig(Receiver::kManager);
  rig.step(node::PeerLost{kLeaderNode});
  rig.wait(node::kForsakenAfter);
  rig.step(node::Tick{});
  rig.effects.clear();
  const PeerIdentity promoted{kOwn, kUnknownNode, NodeRole::kManager};
  rig.say(promoted, raft::Message{8, 1, kTerm + 1, raft::Heartbeat{}});
  CHECK(rig.asked(kUnknownNode));
}

TEST_CASE("a manager that a known one names is one, also when it was promoted while this node was away") {
  Rig rig(Receiver::kWorker);
  const PeerIdentity promoted{kOwn, kUnknownNode, NodeRole::kManager};
  auto info = rig.session_info(kTerm + 3);
  info.managers.push_back(manager(kUnknownNode));
  CHECK(rig.refuses(promoted, info));
  rig.step(node::PeerLost{kLeaderNode});
  rig.effects.clear();
  rig.say(rig.identity_of(Sender::kManager), node::NotLeader{kTerm + 3, manager(kUnknownNode)});
  CHECK(rig.asked(kUnknownNode));
  CHECK_FALSE(rig.refuses(promoted, info));
  CHECK(rig.node().leader() == kUnknownNode);
}

TEST_CASE("a node whose managers were all replaced believes a manager's certificate after a while, but not one that it knows to be worth nothing") {
  Rig rig(Receiver::kWorker);
  rig.step(node::PeerLost{kLeaderNode});
  const PeerIdentity fresh{kOwn, kUnknownNode, NodeRole::kManager};
  CHECK(rig.refuses(fresh, node::LeaderHello{kTerm + 9, manager(kUnknownNode)}));
  rig.wait(node::kForsakenAfter);
  for (const NodeId liar : {kRemovedNode, kFormerNode}) {
    CHECK(rig.refuses({kOwn, liar, NodeRole::kManager}, node::LeaderHello{kTerm + 9, manager(liar)}));
    CHECK(rig.refuses({kOwn, liar, NodeRole::kManager}, node::Removed{}));
  }
  CHECK(rig.refuses({kOwn, kUnknownNode, NodeRole::kWorker}, node::LeaderHello{kTerm + 9, manager(kUnknownNode)}));
  CHECK_FALSE(rig.refuses(fresh, node::LeaderHello{kTerm + 9, manager(kUnknownNode)}));
  auto info = rig.session_info(kTerm + 9);
  info.managers = {manager(kUnknownNode)};
  CHECK_FALSE(rig.refuses(fresh, info));
  CHECK(rig.node().leader() == kUnknownNode);
  CHECK(rig.refuses(rig.identity_of(Sender::kManager), node::Removed{}));  // the old ones are not any more
}

TEST_CASE("who was a manager once and is one again is believed by its new certificate, once nobody else answers") {
  Rig rig(Receiver::kWorker);
  rig.step(node::PeerLost{kLeaderNode});
  const node::LeaderHello hello{kTerm + 9, manager(kFormerNode)};
  const PeerIdentity old{kOwn, kFormerNode, NodeRole::kManager, kFloor + (Duration{} - hours(1))};
  const PeerIdentity again{kOwn, kFormerNode, NodeRole::kManager, kFloor};
  CHECK(rig.refuses(again, hello));
  rig.wait(node::kNewsPatience);
  CHECK(rig.refuses(old, hello));
  CHECK(rig.refuses({kOwn, kRemovedNode, NodeRole::kManager, kFloor}, node::LeaderHello{kTerm + 9, manager(kRemovedNode)}));
  CHECK(rig.refuses({kOwn, kFormerNode, NodeRole::kWorker, kFloor}, hello));
  // Its first word does not close its mouth.
  CHECK_FALSE(rig.refuses(again, node::NotLeader{kTerm + 9, {}}));
  CHECK_FALSE(rig.refuses(again, node::NotLeader{kTerm + 9, {}}));
  CHECK_FALSE(rig.refuses(again, hello));
}

TEST_CASE("a certificate is taken when it was asked for, and nothing changes before it is in use") {
  Rig rig(Receiver::kManager);
  const PeerIdentity leader = rig.identity_of(Sender::kLeader);
  rig.effects.clear();
  rig.say(leader, wire::CertificateReply{NodeRole::kWorker, "cannot be read"});
  CHECK(rig.count<node::InstallCertificate>() == 0);
  CHECK(rig.node().tables() != nullptr);
  // The leader says that this node is to be a worker: a certificate is asked for.
  auto info = rig.session_info();
  info.role = NodeRole::kWorker;
  rig.say(leader, info);
  CHECK(rig.count<node::MakeSigningRequest>() == 1);
  rig.step(node::SigningRequestMade{"request"});
  CHECK(rig.refuses(rig.identity_of(Sender::kManager), wire::CertificateReply{NodeRole::kWorker, "of another"}));
  rig.say(leader, wire::CertificateReply{static_cast<NodeRole>(7), "odd"});
  CHECK(rig.count<node::InstallCertificate>() == 0);
  rig.say(leader, wire::CertificateReply{NodeRole::kWorker, "cannot be read"});
  CHECK(rig.count<node::InstallCertificate>() == 1);
  CHECK(rig.node().tables() != nullptr);
  rig.step(node::CertificateInstalled{corrupt("it cannot be read")});
  CHECK(rig.node().tables() != nullptr);
  CHECK(rig.node().membership().role == NodeRole::kManager);
  // It is asked for again, and a good one is acted upon.
  rig.wait(node::kCertificateRetry);
  rig.step(node::Tick{});
  CHECK(rig.count<node::MakeSigningRequest>() == 2);
  rig.step(node::CertificateInstalled{});  // nobody asked for that
  CHECK(rig.node().tables() != nullptr);
  rig.step(node::SigningRequestMade{"request"});
  rig.say(leader, wire::CertificateReply{NodeRole::kWorker, "good"});
  rig.say(leader, wire::CertificateReply{NodeRole::kWorker, "said twice"});
  CHECK(rig.count<node::InstallCertificate>() == 2);
  rig.step(node::CertificateInstalled{});
  CHECK(rig.node().tables() == nullptr);
  CHECK(rig.node().membership().role == NodeRole::kWorker);
}

// The same in a whole cluster: workers hear of a removal at once and keep it on their disks.
TEST_CASE("after `node rm` of a manager its certificate is worth nothing on any worker, before and after restarts") {
  Cluster cluster({.seed = 17, .network = {}, .sync_time = milliseconds(1)});
  for (size_t i = 0; i < 5; ++i) {
    cluster.add((i < 3 ? "m" : "w") + std::to_string(i + 1), description(), i < 3 ? NodeRole::kManager : NodeRole::kWorker);
    cluster.run(seconds(1));
  }
  REQUIRE(cluster.run_until(seconds(20), [&] {
    return cluster.leader() != nullptr && cluster.leader()->node()->replica()->raft().config().voters.size() == 3;
  }));
  Board* gone = nullptr;
  for (size_t i = 0; i < 3; ++i) {
    if (&cluster.board(i) != cluster.leader()) gone = &cluster.board(i);
  }
  const NodeId removed = gone->id();
  const ClusterId own = gone->node()->membership().cluster;
  const auto known = cluster.tables()->node(removed);
  NodeSpec spec = known->spec;
  spec.role = NodeRole::kWorker;
  REQUIRE(cluster.command(orchestrator::UpdateNode{removed, known->meta.version, spec}).ok());
  REQUIRE(cluster.run_until(seconds(20), [&] { return gone->node()->tables() == nullptr; }));
  cluster.run(seconds(1));
  const PeerIdentity old_certificate{own, removed, NodeRole::kManager};
  Board& worker = *cluster.find("w5");
  const auto lie = [&] {
    const uint64_t term = uint64_t{900} << 32;
    wire::SessionInfo info;
    info.session = term + 1;
    info.managers = {{removed, 3, gone->address()}};
    worker.handle(node::PeerMessage{old_certificate, gone->address(), {info}});
    worker.handle(node::PeerMessage{old_certificate, gone->address(), {order(term + 1)}});
    worker.handle(node::PeerMessage{old_certificate, gone->address(), {node::NotLeader{uint64_t{1} << 62, {removed, 3, gone->address()}}}});
    worker.handle(node::PeerMessage{old_certificate, gone->address(), {node::Removed{}}});
    CHECK(worker.node()->refused_messages() >= 4);
    CHECK_FALSE(worker.node()->has_left());
    CHECK(worker.node()->agent().tasks().empty());
    CHECK(worker.node()->leader() != removed);
  };
  lie();  // demoted only
  cluster.kill_daemon(worker);
  cluster.start(worker);
  lie();
  cluster.run(seconds(2));
  REQUIRE(cluster.command(orchestrator::RemoveNode{removed, true}).ok());
  cluster.run(milliseconds(50));
  CHECK(worker.node()->membership().removed_nodes == std::vector<NodeId>{removed});
  lie();
  cluster.kill_daemon(worker);
  cluster.start(worker);
  CHECK(worker.node()->membership().removed_nodes == std::vector<NodeId>{removed});
  lie();
  // The cluster goes on.
  ServiceSpec service;
  service.name = "after";
  service.task.container.image = "steady";
  service.mode.replicated = ReplicatedMode{8};
  REQUIRE(cluster.command(orchestrator::CreateService{service}).ok());
  CHECK(cluster.run_until(seconds(20), [&] {
    size_t running = 0;
    for (const auto& [id, task] : cluster.tables()->rows<Task>()) running += task->status.state == TaskState::kRunning;
    return running == 8;
  }));
  CHECK(cluster.violation().empty());
}

}  // namespace es::sim
