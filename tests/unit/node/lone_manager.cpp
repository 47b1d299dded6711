#include "tests/unit/node/lone_manager.h"

#include <doctest.h>

namespace es::node {

LoneManager::LoneManager() {
  Prng prng(5);
  Cluster cluster;
  cluster.id = ClusterId::draw(prng);
  cluster.gossip_keys = {std::string(16, 'k')};
  cluster.next_raft_id = 2;
  es::Node self;
  self.id = NodeId::draw(prng);
  other = NodeId::draw(prng);
  self.spec.role = NodeRole::kManager;
  self.certificate_role = NodeRole::kManager;
  self.description.hostname = "m1";
  self.description.platform = {"arm64", "linux", "v8"};
  self.description.resources.memory_bytes = 1 << 30;
  self.address = {"10.0.0.1", 2377};
  self.manager = ManagerInfo{1};
  const ports::Batch first = Node::first_manager(cluster, self, WallTime{1});
  disk.write_now(first);
  NodeOptions options;
  options.description = self.description;
  options.address = self.address;
  options.seed = 9;
  auto started = Node::start(options, now, WallTime{1}, disk.content(), {});
  REQUIRE(started.ok());
  node = std::move(started).value();
  step(Tick{});
}

void LoneManager::step(EventBody body) {
  Effects out;
  now = now + milliseconds(1);
  batches.clear();
  node->step({now, WallTime{1}, std::move(body)}, out);
  for (Effect& effect : out.list) {
    if (auto* persist = std::get_if<Persist>(&effect)) {
      batches.push_back(persist->batch);
      writes.push_back(std::move(*persist));
    } else if (std::holds_alternative<ReopenStore>(effect)) {
      ++reopens;
    } else if (auto* answer = std::get_if<AnswerCommand>(&effect)) {
      ++answers;
      if (answer->outcome.ok()) continue;
      ++refusals;
      last_refusal = answer->outcome.error().message;
    } else if (auto* line = std::get_if<Log>(&effect)) {
      lines.push_back(std::move(line->text));
    }
  }
}

uint64_t LoneManager::take_write() {
  REQUIRE_FALSE(writes.empty());
  const uint64_t id = writes.front().id;
  writes.pop_front();
  return id;
}

void LoneManager::write_one() {
  if (writes.empty()) return step(Tick{});
  disk.write_now(writes.front().batch);
  step(Persisted{take_write(), {}});
}

void LoneManager::fail_write(const std::string& why) {
  step(Persisted{take_write(), Error{Errc::kIo, why}});
  writes.clear();
}

void LoneManager::settle() {
  while (!writes.empty()) write_one();
}

void LoneManager::run(Duration time) {
  for (const Instant end = now + time; now < end; now = now + milliseconds(50)) {
    step(Tick{});
    settle();
  }
}

void LoneManager::create_service(const std::string& name, size_t padding_bytes) {
  ServiceSpec spec;
  spec.name = name;
  spec.task.container.image = "steady";
  if (padding_bytes > 0) spec.task.container.env = {"X=" + std::string(padding_bytes, 'x')};
  spec.mode.replicated = ReplicatedMode{0};
  step(ClientCommand{++last_request, orchestrator::CreateService{std::move(spec)}});
}

void LoneManager::hear(Body body) {
  const PeerIdentity from{node->membership().cluster, other, NodeRole::kManager};
  step(PeerMessage{from, {"10.0.0.2", 2377}, {std::move(body)}});
}

}  // namespace es::node
