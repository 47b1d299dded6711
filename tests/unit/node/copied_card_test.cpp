// A worker's data directory in two boards, with whole nodes. As platform/linux/net has it, a board that dials pushes out the one that dialled
// before; a connection that the leader dialled stays beside it, and then the leader's words go to one of the two, by the nodes' ids.

#include <doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/node/node.h"
#include "core/wire/codec.h"
#include "tests/sim/disk.h"

namespace es::node {

namespace {

const ClusterId kCluster{{7, 7}};
const NodeId kLeader{{9, 1}};
const NodeId kWorker{{9, 2}};
const SocketAddress kLeaderAddress{"10.0.0.1", 2377};

NodeDescription description(const std::string& name) {
  NodeDescription one;
  one.hostname = name;
  one.platform = {"arm64", "linux", "v8"};
  one.resources.memory_bytes = 1 << 30;
  return one;
}

struct World {
  struct Machine {
    explicit Machine(sim::Schedule& schedule) : disk(schedule, {}) {}
    sim::Disk disk;
    std::unique_ptr<Node> node;
    SocketAddress address;
    std::vector<std::string> lines;
    std::vector<TaskId> prepared;
    std::deque<EventBody> inbox;
    uint64_t assignments = 0;
  };

  World() {
    es::Cluster cluster;
    cluster.id = kCluster;
    cluster.gossip_keys = {std::string(16, 'k')};
    cluster.next_raft_id = 2;
    es::Node self;
    self.id = kLeader;
    self.spec.role = NodeRole::kManager;
    self.certificate_role = NodeRole::kManager;
    self.description = description("m1");
    self.address = kLeaderAddress;
    self.manager = ManagerInfo{1};
    es::Node worker;
    worker.id = kWorker;
    worker.description = description("w1");
    worker.address = {"10.0.0.2", 2377};
    ports::Batch first = Node::first_manager(cluster, self, WallTime{1});
    first.snapshot = Replica::first_batch(1, {{kLeader, 1}, WallTime{1}, {cluster, self, worker}}).snapshot;
    leader = add(first, kLeaderAddress);
    wire::Membership membership;
    membership.cluster = kCluster;
    membership.node = kWorker;
    membership.address = worker.address;
    membership.managers = {{kLeader, 1, kLeaderAddress}};
    membership.gossip_keys = cluster.gossip_keys;
    original = add(Node::joined(membership), worker.address);
    start(leader);
    run(seconds(1));
    REQUIRE(at(leader).node->leads());
    start(original);
    run(seconds(1));
  }

  Machine& at(size_t machine) { return *machines[machine]; }
  size_t add(const ports::Batch& first, SocketAddress address) {
    machines.push_back(std::make_unique<Machine>(schedule));
    machines.back()->disk.write_now(first);
    machines.back()->address = std::move(address);
    return machines.size() - 1;
  }
  size_t copy(size_t from) {
    machines.push_back(std::make_unique<Machine>(schedule));
    Machine& made = *machines.back();
    for (const auto& [name, value] : at(from).disk.content().facts) {
      ports::Batch batch;
      batch.facts[name] = value;
      made.disk.write_now(batch);
    }
    made.address = {"10.0.0.3", 2377};
    return machines.size() - 1;
  }
  void start(size_t machine) {
    Machine& m = at(machine);
    NodeOptions options;
    options.description = description(machine == leader ? "m1" : "w1");
    options.address = m.address;
    options.seed = ++seed;
    auto started = Node::start(options, now, WallTime{1}, m.disk.content(), {});
    REQUIRE(started.ok());
    m.node = std::move(started).value();
  }
  // The kernel tells the leader, if that board's connection is the one that is open.
  void kill(size_t machine) {
    at(machine).node.reset();
    at(machine).inbox.clear();
    if (open.erase(machine) > 0 && open.empty()) at(leader).inbox.push_back(PeerLost{kWorker});
  }
  void carry(size_t from, SendMessage sent) {
    if (from == leader && sent.to == kWorker) {
      for (const size_t board : open) {
        if (!sent.everywhere && board != (open.contains(preferred) ? preferred : *open.begin())) continue;
        at(board).assignments += std::holds_alternative<wire::Assignments>(sent.message.body);
        at(board).inbox.push_back(PeerMessage{{kCluster, kLeader, NodeRole::kManager}, kLeaderAddress, sent.message});
      }
    } else if (from != leader && sent.to == kLeader) {
      for (const size_t board : both_stay ? std::set<size_t>() : open) {
        if (board != from && at(board).node) at(board).inbox.push_back(PeerLost{kLeader});
      }
      if (!both_stay) open.clear();
      open.insert(from);
      at(leader).inbox.push_back(PeerMessage{{kCluster, kWorker, NodeRole::kWorker}, at(from).address, std::move(sent.message)});
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
        carry(machine, std::move(*sent));
      } else if (auto* line = std::get_if<Log>(&effect)) {
        m.lines.push_back(std::move(line->text));
      } else if (auto* prepare = std::get_if<agent::PrepareTask>(&effect)) {
        m.prepared.push_back(prepare->task);
      } else if (std::holds_alternative<CloseTransport>(effect)) {
        if (open.erase(machine) > 0 && open.empty()) at(leader).inbox.push_back(PeerLost{kWorker});
      }
    }
  }
  void run(Duration time) {
    for (const Instant end = now + time; now < end; now = now + milliseconds(10)) {
      for (size_t i = 0; i < machines.size(); ++i) {
        if (at(i).node) step(i, Tick{});
      }
      for (bool any = true; any;) {
        any = false;
        for (size_t i = 0; i < machines.size(); ++i) {
          if (at(i).inbox.empty()) continue;
          any = true;
          const EventBody body = std::move(at(i).inbox.front());
          at(i).inbox.pop_front();
          if (at(i).node) step(i, body);
        }
      }
    }
  }
  bool said(size_t machine, const std::string& words) {
    return std::any_of(at(machine).lines.begin(), at(machine).lines.end(),
                       [&](const std::string& line) { return line.find(words) != std::string::npos; });
  }
  size_t count(size_t machine, const std::string& words) {
    return static_cast<size_t>(std::count_if(at(machine).lines.begin(), at(machine).lines.end(), [&](const std::string& line) {
      return line.find(words) != std::string::npos;
    }));
  }
  NodeState state() { return at(leader).node->liveness(kWorker); }

  sim::Schedule schedule;
  Instant now{seconds(1).ns};
  std::vector<std::unique_ptr<Machine>> machines;
  size_t leader = 0;
  size_t original = 0;
  std::set<size_t> open;  // boards that have a connection with the leader
  bool both_stay = false;
  size_t preferred = 0;
  uint64_t seed = 40;
};

}  // namespace

TEST_CASE("a copied worker is kept out while the original lives, and both and the leader say so") {
  World world;
  REQUIRE(world.state() == NodeState::kReady);
  const size_t copy = world.copy(world.original);
  world.start(copy);
  world.run(seconds(10));
  CHECK(world.at(copy).node->kept_out().has_value());
  CHECK(world.count(copy, "this one stays out; erase its data directory (`edgeswarm leave --force`)") == 1);
  CHECK(world.count(world.leader, "another board at 10.0.0.3:2377 runs with its identity (a copied SD card?)") == 1);
  CHECK(world.count(world.original, "another board runs with a copy of this node's identity") == 1);
  CHECK(world.at(copy).node->agent().last_session() == 0);
  CHECK_FALSE(world.at(world.original).node->kept_out().has_value());
  CHECK(world.state() == NodeState::kReady);
  CHECK(world.at(world.leader).node->tables()->node(kWorker)->address.ip == "10.0.0.2");
  // The copy's gossip began a start later than the original's: the original is ahead again.
  CHECK(world.at(world.original).node->gossip().start() > world.at(copy).node->gossip().start());
  // It goes on saying no, also after its own restart.
  world.kill(copy);
  world.start(copy);
  world.run(seconds(10));
  CHECK(world.count(copy, "this one stays out") == 2);
  CHECK(world.at(world.original).node->leader() == kLeader);
  CHECK(world.state() == NodeState::kReady);
}

TEST_CASE("two connections that stay beside each other: both boards are asked and told, whichever the leader likes better") {
  for (const bool likes_copy : {false, true}) {
    CAPTURE(likes_copy);
    World world;
    world.both_stay = true;
    const size_t copy = world.copy(world.original);
    world.preferred = likes_copy ? copy : world.original;
    world.start(copy);
    world.run(seconds(10));
    CHECK(world.at(copy).node->kept_out().has_value());
    CHECK_FALSE(world.at(world.original).node->kept_out().has_value());
    CHECK(world.count(world.leader, "runs with its identity (a copied SD card?)") == 1);
    CHECK(world.count(world.original, "another board runs with a copy of this node's identity") == 1);
    CHECK(world.at(world.original).node->leader() == kLeader);
    CHECK(world.state() == NodeState::kReady);
  }
}

TEST_CASE("a board that is kept out still leaves when its operator says so, and takes nobody with it") {
  World world;
  const size_t copy = world.copy(world.original);
  world.start(copy);
  world.run(seconds(10));
  REQUIRE(world.at(copy).node->kept_out().has_value());
  world.step(copy, LeaveRequested{});
  CHECK(world.at(copy).node->has_left());
  world.run(seconds(10));
  CHECK(world.state() == NodeState::kReady);
}

TEST_CASE("a restart of the same board is let in at once, each time") {
  World world;
  for (int i = 0; i < 5; ++i) {
    world.kill(world.original);
    world.start(world.original);
    world.run(milliseconds(100));
    CHECK(world.at(world.original).node->leader() == kLeader);
    world.run(seconds(1));
  }
  CHECK(world.state() == NodeState::kReady);
  CHECK_FALSE(world.said(world.leader, "another board"));
  CHECK_FALSE(world.said(world.leader, "older copy"));
}

TEST_CASE("an older copy is let in when the original is gone, and the leader says what that may mean") {
  World world;
  const size_t image = world.copy(world.original);
  for (int i = 0; i < 2; ++i) {  // further starts of the original, which the image does not know
    world.kill(world.original);
    world.start(world.original);
    world.run(seconds(1));
  }
  world.kill(world.original);
  world.start(image);
  world.run(seconds(1));
  CHECK(world.at(image).node->leader() == kLeader);
  CHECK(world.count(world.leader, "starts from an older copy of its data directory") == 1);
  CHECK(world.state() == NodeState::kReady);
  // The original comes back while the image runs: now that one is the later.
  world.start(world.original);
  world.run(seconds(10));
  CHECK(world.at(world.original).node->kept_out().has_value());
  CHECK_FALSE(world.at(image).node->kept_out().has_value());
}

TEST_CASE("a copy that was let in while the original was cut off loses its place when that one speaks again") {
  World world;
  const size_t copy = world.copy(world.original);
  world.at(world.leader).inbox.push_back(PeerLost{kWorker});
  world.start(copy);
  world.step(copy, Tick{});  // it registers first
  world.run(seconds(10));
  CHECK(world.at(copy).node->kept_out().has_value());
  CHECK_FALSE(world.at(world.original).node->kept_out().has_value());
  CHECK(world.at(world.original).node->leader() == kLeader);
}

}  // namespace es::node
