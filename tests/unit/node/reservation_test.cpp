// A board never runs more than it offers, whatever the log forgets while containers still stop.

#include <doctest.h>

#include "tests/sim/cluster.h"

namespace es::sim {

namespace {

ServiceSpec big_service(const std::string& name, const std::string& constraint) {
  ServiceSpec spec;
  spec.name = name;
  spec.task.container.image = "steady";
  spec.mode.replicated = ReplicatedMode{1};
  spec.task.resources.reservations.memory_bytes = 600 << 20;
  spec.task.placement.constraints = {constraint};
  return spec;
}

}  // namespace

TEST_CASE("a task that history forgets at once keeps its reservation until its container has ended") {
  Cluster cluster({.seed = 31, .network = {}, .sync_time = milliseconds(1)});
  NodeDescription description;
  description.platform = {"arm64", "linux", "v8"};
  description.resources.cpu_nano = 4'000'000'000;
  description.resources.memory_bytes = 1 << 30;
  cluster.add("m1", description, NodeRole::kManager);
  cluster.run(seconds(2));
  Board& worker = cluster.add("w1", description, NodeRole::kWorker);
  REQUIRE(cluster.run_until(seconds(10), [&] { return worker.is_up(); }));
  cluster.run(seconds(1));

  const auto known = cluster.tables()->cluster();
  ClusterSpec history = known->spec;
  history.task_history = 0;
  REQUIRE(cluster.command(orchestrator::UpdateCluster{known->meta.version, history, {}}).ok());
  const auto label = [&](const std::string& value) {
    const auto node = cluster.tables()->node(worker.id());
    NodeSpec spec = node->spec;
    spec.labels["a"] = value;
    return orchestrator::UpdateNode{worker.id(), node->meta.version, spec};
  };
  REQUIRE(cluster.command(label("x")).ok());
  REQUIRE(cluster.command(orchestrator::CreateService{big_service("one", "node.labels.a==x")}).ok());
  cluster.run(seconds(5));
  REQUIRE(cluster.command(orchestrator::CreateService{big_service("two", "node.hostname==w1")}).ok());
  cluster.run(seconds(5));
  REQUIRE(worker.runtime().running() == 1);

  Behaviour quick;
  quick.starts_after = milliseconds(1);
  cluster.world().script.by_image["steady"] = quick;
  cluster.leader()->command(label("y"), [](const auto&) {});
  size_t most = 0;
  for (int i = 0; i < 400; ++i) {
    cluster.run(microseconds(500));
    most = std::max(most, worker.runtime().running());
  }
  CHECK(most == 1);
  CHECK(cluster.run_until(minutes(2), [&] { return worker.runtime().running() == 1; }));
}

}  // namespace es::sim
