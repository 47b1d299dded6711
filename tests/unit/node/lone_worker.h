#pragma once
// Worker: a worker without a driver, and the manager that it talks to; the test is all but the node.

#include <doctest.h>

#include <memory>
#include <vector>

#include "core/node/node.h"

namespace es::node {

struct Worker {
  Worker() {
    Prng prng(5);
    membership.cluster = ClusterId::draw(prng);
    membership.node = NodeId::draw(prng);
    manager = {NodeId::draw(prng), 1, {"10.0.0.1", 2377}};
    membership.address = {"10.0.0.2", 2377};
    membership.managers = {manager};
    membership.gossip_keys = {std::string(16, 'k')};
    ports::Loaded loaded;
    for (const auto& [name, value] : Node::joined(membership).facts) loaded.facts[name] = *value;
    NodeOptions options;
    options.address = membership.address;
    options.seed = 9;
    auto started = Node::start(options, now, WallTime{1}, loaded, {});
    REQUIRE(started.ok());
    node = std::move(started).value();
    step(Tick{});
    settle();  // what every start writes
  }

  // The disk answers all that is under way.
  void settle() {
    while (!writes.empty()) {
      const uint64_t id = writes.front().id;
      writes.erase(writes.begin());
      step(Persisted{id, {}});
    }
  }

  void step(EventBody body) {
    Effects out;
    now = now + milliseconds(10);
    node->step({now, WallTime{1}, std::move(body)}, out);
    for (Effect& effect : out.list) {
      if (auto* sent = std::get_if<SendMessage>(&effect)) {
        registers += std::holds_alternative<wire::Register>(sent->message.body);
      } else if (auto* persist = std::get_if<Persist>(&effect)) {
        writes.push_back(std::move(*persist));
      } else if (std::holds_alternative<ReopenStore>(effect)) {
        ++reopens;
      } else if (auto* line = std::get_if<Log>(&effect)) {
        lines.push_back(std::move(line->text));
      }
    }
  }
  void hear(Body body) {
    const PeerIdentity from{membership.cluster, manager.node, NodeRole::kManager};
    step(PeerMessage{from, manager.address, {std::move(body)}});
  }
  void open(uint64_t session, NodeRole role = NodeRole::kWorker) {
    wire::SessionInfo info;
    info.role = role;
    info.raft_id = role == NodeRole::kManager ? 5 : 0;
    info.session = session;
    info.managers = {manager};
    info.gossip_keys = membership.gossip_keys;
    hear(info);
  }
  // Post: the write of its new role is under way.
  void promote(uint64_t session) {
    open(session, NodeRole::kManager);
    settle();
    step(SigningRequestMade{"request"});
    hear(wire::CertificateReply{NodeRole::kManager, "certificate"});
    step(CertificateInstalled{});
    REQUIRE(writes.size() == 1);
  }
  int registers_within(Duration time) {
    registers = 0;
    for (const Instant end = now + time; now < end;) step(Tick{});
    return registers;
  }

  wire::Membership membership;
  wire::ManagerAddress manager;
  std::unique_ptr<Node> node;
  Instant now{0};
  int registers = 0;
  std::vector<Persist> writes;  // not answered yet
  int reopens = 0;
  std::vector<std::string> lines;
};

}  // namespace es::node
