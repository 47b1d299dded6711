#pragma once
// Lan: a manager, a worker and copies of their data directories, as whole nodes without a driver. As in platform/linux/net each board has its
// connections by the identity at the other end, the newest last; the connections of two boards with one identity stay beside each other.

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

inline const ClusterId kCluster{{7, 7}};
inline const NodeId kManagerNode{{9, 1}};
inline const NodeId kWorkerNode{{9, 2}};

inline NodeDescription description(const std::string& name) {
  NodeDescription one;
  one.hostname = name;
  one.platform = {"arm64", "linux", "v8"};
  one.resources.memory_bytes = 1 << 30;
  return one;
}

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
    size_t signatures = 0;  // asked of its signer
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
    manager = add(kManagerNode, "10.0.0.1");
    at(manager).disk.write_now(first);
    wire::Membership membership;
    membership.cluster = kCluster;
    membership.node = kWorkerNode;
    membership.address = other.address;
    membership.managers = {{kManagerNode, 1, self.address}};
    membership.gossip_keys = cluster.gossip_keys;
    worker = add(kWorkerNode, "10.0.0.2");
    at(worker).disk.write_now(Node::joined(membership));
    start(manager);
    run(seconds(1));
    start(worker);
    run(seconds(2));
    REQUIRE(at(manager).node->leads());
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
    options.description = description(m.identity == kWorkerNode ? "w1" : "m1");
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
    const NodeRole role = at(from).identity == kWorkerNode ? NodeRole::kWorker : NodeRole::kManager;
    const PeerIdentity identity{kCluster, at(from).identity, role};
    for (const size_t board : sent.everywhere ? open : std::vector{prefers_oldest ? open.front() : open.back()}) {
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
      } else if (std::holds_alternative<SignCertificate>(effect)) {
        ++m.signatures;
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
  size_t manager = 0;
  size_t worker = 0;
  uint64_t seed = 40;
  bool prefers_oldest = false;  // of several connections with one identity
};

}  // namespace es::node
