// The data directory of a swarm's only manager in two boards, with whole nodes and their gossip.

#include <doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/node/node.h"
#include "tests/sim/disk.h"

namespace es::node {

namespace {

const ClusterId kCluster{{7, 7}};
const NodeId kManagerNode{{9, 1}};
const NodeId kWorkerNode{{9, 2}};

NodeDescription description(const std::string& name) {
  NodeDescription one;
  one.hostname = name;
  one.platform = {"arm64", "linux", "v8"};
  one.resources.memory_bytes = 1 << 30;
  return one;
}

// Boards on one LAN. Each has its connections by the identity at the other end, the newest last.
struct Lan {
  struct Machine {
    Machine(sim::Schedule& schedule, NodeId who, std::string ip) : identity(who), address{std::move(ip), 2377}, disk(schedule, {}) {}
    NodeId identity;
    SocketAddress address;
    sim::Disk disk;
    std::unique_ptr<Node> node;
    std::vector<std::string> lines;
    std::deque<EventBody> inbox;
    std::map<NodeId, std::vector<size_t>> open;
    size_t assignments = 0;
  };

  Lan() {
    es::Cluster cluster;
    cluster.id = kCluster;
    cluster.gossip_keys = {std::string(16, 'k')};
    cluster.next_raft_id = 2;
    es::Node self;
    self.id = kManagerNode;
    self.spec.role = NodeRole::kManager;
    self.certificate_role = NodeRole::kManager;
    self.description = description("m1");
    self.address = {"10.0.0.1", 2377};
    self.manager = ManagerInfo{1};
    es::Node other;
    other.id = kWorkerNode;
    other.description = description("w1");
    other.address = {"10.0.0.2", 2377};
    ports::Batch first = Node::first_manager(cluster, self, WallTime{1});
    first.snapshot = Replica::first_batch(1, {{kManagerNode, 1}, WallTime{1}, {cluster, self, other}}).snapshot;
    original = add(kManagerNode, "10.0.0.1");
    at(original).disk.write_now(first);
    wire::Membership membership;
    membership.cluster = kCluster;
    membership.node = kWorkerNode;
    membership.address = other.address;
    membership.managers = {{kManagerNode, 1, self.address}};
    membership.gossip_keys = cluster.gossip_keys;
    worker = add(kWorkerNode, "10.0.0.2");
    at(worker).disk.write_now(Node::joined(membership));
    start(original);
    run(seconds(1));
    start(worker);
    run(seconds(2));
    REQUIRE(at(original).node->leads());
    REQUIRE(at(worker).node->leader() == kManagerNode);
  }

  Machine& at(size_t machine) { return *machines[machine]; }
  size_t add(NodeId identity, std::string ip) {
    machines.push_back(std::make_unique<Machine>(schedule, identity, std::move(ip)));
    return machines.size() - 1;
  }
  size_t copy(size_t from, const std::string& ip) {
    const size_t made = add(at(from).identity, ip);
    const ports::Loaded held = at(from).disk.content();
    ports::Batch batch;
    batch.snapshot = held.snapshot;
    batch.hard_state = held.hard_state;
    batch.entries = held.entries;
    for (const auto& [name, value] : held.facts) batch.facts[name] = value;
    at(made).disk.write_now(batch);
    return made;
  }
  void start(size_t machine) {
    Machine& m = at(machine);
    NodeOptions options;
    options.description = description(m.identity == kManagerNode ? "m1" : "w1");
    options.address = m.address;
    options.seed = ++seed;
    auto started = Node::start(options, now, WallTime{1}, m.disk.content(), {});
    REQUIRE(started.ok());
    m.node = std::move(started).value();
  }
  void disconnect(size_t machine) {
    for (auto& other : machines) {
      for (auto& [identity, boards] : other->open) {
        const bool was_open = std::erase(boards, machine) > 0;
        if (was_open && boards.empty() && identity != other->identity) other->inbox.push_back(PeerLost{identity});
      }
    }
    at(machine).open.clear();
  }
  void kill(size_t machine) {
    at(machine).node.reset();
    at(machine).inbox.clear();
    disconnect(machine);
  }
  size_t board_at(const std::string& ip) {
    for (size_t i = 0; i < machines.size(); ++i) {
      if (at(i).address.ip == ip && at(i).node) return i;
    }
    return machines.size();
  }
  void carry(size_t from, const SendMessage& sent) {
    std::vector<size_t>& open = at(from).open[sent.to];
    if (open.empty()) {
      const size_t dialled = board_at(sent.address.ip);
      if (dialled == machines.size() || at(dialled).identity != sent.to) return;
      open.push_back(dialled);
      at(dialled).open[at(from).identity].push_back(from);
    }
    const NodeRole role = at(from).identity == kManagerNode ? NodeRole::kManager : NodeRole::kWorker;
    const PeerIdentity identity{kCluster, at(from).identity, role};
    for (const size_t board : sent.everywhere ? open : std::vector{open.back()}) {
      at(board).assignments += std::holds_alternative<wire::Assignments>(sent.message.body);
      at(board).inbox.push_back(PeerMessage{identity, at(from).address, sent.message});
    }
  }
  void step(size_t machine, EventBody body) {
    Machine& m = at(machine);
    Effects out;
    m.node->step({now, WallTime{1}, std::move(body)}, out);
    for (Effect& effect : out.list) {
      if (auto* persist = std::get_if<Persist>(&effect)) {
        m.disk.write_now(persist->batch);
        m.inbox.push_back(Persisted{persist->id, {}});
      } else if (auto* sent = std::get_if<SendMessage>(&effect)) {
        carry(machine, *sent);
      } else if (auto* datagram = std::get_if<SendDatagram>(&effect)) {
        const size_t to = board_at(datagram->to.ip);
        if (to != machines.size()) at(to).inbox.push_back(GossipDatagram{{m.address.ip, 7946}, datagram->bytes});
      } else if (auto* sync = std::get_if<SendSync>(&effect)) {
        const size_t to = board_at(sync->to.ip);
        if (to != machines.size()) at(to).inbox.push_back(GossipSync{sync->bytes});
      } else if (auto* line = std::get_if<Log>(&effect)) {
        m.lines.push_back(std::move(line->text));
      } else if (std::holds_alternative<CloseTransport>(effect)) {
        disconnect(machine);
      }
    }
  }
  void run(Duration time) {
    for (const Instant end = now + time; now < end; now = now + milliseconds(10)) {
      for (size_t i = 0; i < machines.size(); ++i) {
        if (at(i).node) step(i, Tick{});
        for (size_t events = at(i).inbox.size(); events > 0; --events) {
          const EventBody body = std::move(at(i).inbox.front());
          at(i).inbox.pop_front();
          if (at(i).node) step(i, body);
        }
      }
    }
  }
  size_t count(size_t machine, const std::string& words) {
    return static_cast<size_t>(std::count_if(at(machine).lines.begin(), at(machine).lines.end(), [&](const std::string& line) {
      return line.find(words) != std::string::npos;
    }));
  }
  uint64_t term(size_t machine) { return at(machine).node->replica()->raft().term(); }

  sim::Schedule schedule;
  Instant now{seconds(1).ns};
  std::vector<std::unique_ptr<Machine>> machines;
  size_t original = 0;
  size_t worker = 0;
  uint64_t seed = 40;
};

constexpr const char* kToldTheOriginal = "another board runs with a copy of this node's identity";

}  // namespace

TEST_CASE("the copy of an only manager stays out, both say so, and the worker keeps to the original") {
  for (uint64_t seed = 50; seed < 70; seed += 2) {  // whichever of the two decides
    CAPTURE(seed);
    Lan lan;
    lan.seed = seed;
    const uint64_t session = lan.at(lan.worker).node->agent().last_session();
    const size_t copy = lan.copy(lan.original, "10.0.0.3");
    lan.start(copy);
    lan.run(seconds(10));
    CHECK(lan.at(copy).node->kept_out().has_value());
    CHECK(lan.count(copy, "this one stays out; erase its data directory (`edgeswarm leave --force`)") == 1);
    CHECK(lan.count(lan.original, kToldTheOriginal) == 1);
    CHECK_FALSE(lan.at(lan.original).node->kept_out().has_value());
    CHECK(lan.at(lan.original).node->leads());
    CHECK(lan.at(lan.original).node->liveness(kWorkerNode) == NodeState::kReady);
    CHECK(lan.at(lan.worker).node->leader() == kManagerNode);
    CHECK(lan.at(lan.worker).node->agent().last_session() >= session);
    CHECK(lan.at(lan.worker).node->gossip().members().at(kManagerNode).record.address.ip == "10.0.0.1");
    // It goes on saying no, also after its own restart.
    lan.kill(copy);
    lan.start(copy);
    lan.run(seconds(10));
    CHECK(lan.count(copy, "this one stays out") == 2);
    CHECK(lan.at(lan.original).node->liveness(kWorkerNode) == NodeState::kReady);
  }
}

TEST_CASE("a worker that followed the copy of an only manager comes back to the original, whose term is above the copy's") {
  Lan lan;
  const size_t copy = lan.copy(lan.original, "10.0.0.3");
  // The worker has no session when the copy says hello.
  lan.kill(lan.worker);
  lan.start(copy);
  lan.run(milliseconds(200));
  REQUIRE(lan.at(copy).node->leads());
  REQUIRE(lan.term(copy) > lan.term(lan.original));
  lan.start(lan.worker);
  lan.run(seconds(15));
  CHECK(lan.at(copy).node->kept_out().has_value());
  CHECK(lan.at(lan.original).node->leads());
  CHECK(lan.term(lan.original) > lan.term(copy));
  CHECK(lan.at(lan.original).node->liveness(kWorkerNode) == NodeState::kReady);
}

TEST_CASE("an only manager that restarts is no copy of itself, wherever it comes back") {
  Lan lan;
  for (int i = 0; i < 3; ++i) {
    lan.kill(lan.original);
    lan.at(lan.original).address.ip = "10.0.0." + std::to_string(10 + i);
    lan.start(lan.original);
    lan.run(seconds(8));
    CHECK(lan.at(lan.original).node->leads());
    CHECK(lan.at(lan.original).node->liveness(kWorkerNode) == NodeState::kReady);
  }
  CHECK(lan.count(lan.original, "another board") == 0);
}

TEST_CASE("nobody gives an only manager orders under its own identity") {
  Lan lan;
  Node& node = *lan.at(lan.original).node;
  const PeerIdentity itself{kCluster, kManagerNode, NodeRole::kManager};
  for (unsigned kind = 1; kind <= static_cast<unsigned>(identity::MessageKind::kAnotherStart); ++kind) {
    const auto one = static_cast<identity::MessageKind>(kind);
    const bool is_of_identity = one == identity::MessageKind::kIdentityQuestion || one == identity::MessageKind::kIdentityAnswer ||
                                one == identity::MessageKind::kDuplicate;
    CHECK(node.may_say(itself, one, lan.now) == is_of_identity);
  }
}

}  // namespace es::node
