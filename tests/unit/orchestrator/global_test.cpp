#include "doctest.h"
#include "tests/unit/orchestrator/small_cluster.h"

namespace es::orchestrator {

namespace {

ServiceSpec global_spec(const std::string& name) {
  ServiceSpec spec = spec_of(name);
  spec.mode = {};
  spec.mode.global = GlobalMode{};
  return spec;
}

}  // namespace

TEST_CASE("global: one task on every node, new nodes too; paused nodes are left as they are") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.add_node("n2");
  cluster.create(global_spec("agent"));
  cluster.run(seconds(1));
  cluster.add_node("n3");
  cluster.run(seconds(1));
  for (const char* name : {"n1", "n2", "n3"}) CHECK(cluster.running_on("agent", name) == 1);

  cluster.set_availability("n1", NodeAvailability::kPause);
  cluster.run(seconds(1));
  CHECK(cluster.running_on("agent", "n1") == 1);
  cluster.set_availability("n2", NodeAvailability::kDrain);
  cluster.run(seconds(1));
  CHECK(cluster.running_on("agent", "n2") == 0);
  cluster.set_availability("n2", NodeAvailability::kActive);
  cluster.run(seconds(1));
  CHECK(cluster.running_on("agent", "n2") == 1);
}

TEST_CASE("global: labels decide, at once and in both directions") {
  SmallCluster cluster;
  cluster.add_node("n1", kGiB, {{"gpu", "yes"}});
  cluster.add_node("n2");
  ServiceSpec spec = global_spec("vision");
  spec.task.placement.constraints = {"node.labels.gpu==yes"};
  cluster.create(spec);
  cluster.run(seconds(1));
  CHECK(cluster.running("vision").size() == 1);
  cluster.change_node("n2", [](Node& node) { node.spec.labels["gpu"] = "YES"; });
  cluster.change_node("n1", [](Node& node) { node.spec.labels.clear(); });
  cluster.run(seconds(1));
  CHECK(cluster.running_on("vision", "n1") == 0);
  CHECK(cluster.running_on("vision", "n2") == 1);
}

TEST_CASE("global: a node that was down gets a new task after the old one has stopped") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.create(global_spec("agent"));
  cluster.run(seconds(1));
  const TaskId old = cluster.running("agent")[0].id;
  cluster.set_state("n1", NodeState::kDown);
  cluster.run(seconds(10));
  CHECK(cluster.tasks("agent").size() == 1);
  cluster.stop_time = seconds(3);
  cluster.set_state("n1", NodeState::kReady);
  cluster.run(seconds(2));
  CHECK(cluster.running("agent").empty());
  cluster.run(seconds(2));
  REQUIRE(cluster.running("agent").size() == 1);
  CHECK(cluster.running("agent")[0].id != old);
}

TEST_CASE("global: restarts and their attempts count per node; history ends with the node") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.add_node("n2");
  ServiceSpec spec = global_spec("agent");
  spec.task.restart.max_attempts = 2;
  spec.task.restart.delay = milliseconds(100);
  cluster.endings["v1"] = {seconds(1)};
  cluster.create(spec);
  cluster.run(seconds(20));
  CHECK(cluster.tasks("agent").size() == 6);
  CHECK(cluster.running("agent").empty());
  REQUIRE(cluster.execute(RemoveNode{cluster.node("n1").id, true}).ok());
  cluster.run(seconds(1));
  CHECK(cluster.tasks("agent").size() == 3);
}

TEST_CASE("global: what does not fit waits with the plain reason, on its node") {
  SmallCluster cluster;
  cluster.add_node("n1", 128 * kMiB);
  ServiceSpec spec = global_spec("agent");
  spec.task.resources.reservations.memory_bytes = 256 * kMiB;
  cluster.create(spec);
  CHECK(cluster.tasks("agent")[0].status.state == TaskState::kPending);
  CHECK(cluster.tasks("agent")[0].status.err == "insufficient resources on 1 node");
}

TEST_CASE("replicated job: slots from 0, at most so many at once, each completes once") {
  SmallCluster cluster;
  cluster.add_node("n1");
  ServiceSpec spec = spec_of("import");
  spec.mode = {};
  spec.mode.replicated_job = ReplicatedJobMode{2, 5};
  cluster.endings["v1"] = {seconds(2), TaskState::kComplete};
  cluster.create(spec);
  cluster.run(seconds(1));
  CHECK(cluster.running("import").size() == 2);
  cluster.run(seconds(30));
  const auto tasks = cluster.tasks("import");
  REQUIRE(tasks.size() == 5);
  for (size_t i = 0; i < tasks.size(); ++i) {
    CHECK(tasks[i].slot == i);
    CHECK(tasks[i].status.state == TaskState::kComplete);
    CHECK(tasks[i].desired_state == TaskState::kComplete);
  }
  // An update runs it again, and what was is deleted.
  cluster.update("import", [](ServiceSpec& changed) { ++changed.task.force_update; });
  cluster.run(seconds(30));
  CHECK(cluster.tasks("import").size() == 5);
  for (const Task& task : cluster.tasks("import")) CHECK(task.job_iteration == 1);
}

TEST_CASE(
    "replicated job: failures are tried again within the attempts, then the slot is given up") {
  SmallCluster cluster;
  cluster.add_node("n1");
  ServiceSpec spec = spec_of("import");
  spec.mode = {};
  spec.mode.replicated_job = ReplicatedJobMode{1, std::nullopt};
  spec.task.restart.max_attempts = 2;
  spec.task.restart.delay = seconds(1);
  cluster.endings["v1"] = {seconds(1), TaskState::kFailed};
  cluster.create(spec);
  cluster.run(seconds(60));
  const auto tasks = cluster.tasks("import");
  CHECK(tasks.size() == 3);
  for (const Task& task : tasks) CHECK(task.status.state == TaskState::kFailed);
}

TEST_CASE("global job: once on every node that was there when it began") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.add_node("n2");
  cluster.set_availability("n2", NodeAvailability::kPause);
  ServiceSpec spec = spec_of("migrate");
  spec.mode = {};
  spec.mode.global_job = GlobalJobMode{};
  cluster.endings["v1"] = {seconds(1), TaskState::kComplete};
  cluster.create(spec);
  cluster.run(seconds(3));
  cluster.add_node("n3");
  cluster.set_availability("n2", NodeAvailability::kActive);
  cluster.run(seconds(3));
  const auto tasks = cluster.tasks("migrate");
  REQUIRE(tasks.size() == 2);
  for (const Task& task : tasks) CHECK(task.status.state == TaskState::kComplete);
  cluster.update("migrate", [](ServiceSpec& changed) { ++changed.task.force_update; });
  cluster.run(seconds(5));
  CHECK(cluster.tasks("migrate").size() == 3);
}

}  // namespace es::orchestrator
