// Sessions of an agent with its leader, without a cluster.

#include <doctest.h>

#include "core/node/node.h"

namespace es::node {

namespace {

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
  }

  void step(EventBody body) {
    Effects out;
    now = now + milliseconds(10);
    node->step({now, WallTime{1}, std::move(body)}, out);
    for (Effect& effect : out.list) {
      if (auto* sent = std::get_if<SendMessage>(&effect)) {
        registers += std::holds_alternative<wire::Register>(sent->message.body);
      }
    }
  }
  void open(uint64_t session) {
    wire::SessionInfo info;
    info.session = session;
    info.managers = {manager};
    info.gossip_keys = membership.gossip_keys;
    step(PeerMessage{{membership.cluster, manager.node, NodeRole::kManager}, manager.address, {info}});
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
};

}  // namespace

TEST_CASE("a session that was closed is not opened again, so no acknowledgement of it is taken for another's") {
  Worker worker;
  const uint64_t session = (uint64_t{3} << 32) + 1;
  worker.open(session);
  CHECK(worker.registers_within(seconds(2)) == 0);
  worker.step(PeerLost{worker.manager.node});
  worker.open(session);  // the leader said once more what changed, before it heard of the loss
  CHECK(worker.registers_within(seconds(2)) > 0);
  worker.open(session + 1);
  CHECK(worker.registers_within(seconds(2)) == 0);
}

}  // namespace es::node
