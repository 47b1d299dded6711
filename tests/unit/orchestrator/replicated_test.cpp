#include "doctest.h"
#include "tests/unit/orchestrator/small_cluster.h"

namespace es::orchestrator {

using Numbers = std::vector<uint64_t>;

TEST_CASE("a service gets slots from 1, spread over the nodes, in one change") {
  SmallCluster cluster;
  for (const char* name : {"n1", "n2", "n3"}) cluster.add_node(name);
  const uint64_t before = cluster.changes();
  cluster.create(spec_of("web", 6));
  // The command is one change here and its tasks with their nodes are one more; the node's leader
  // makes them one.
  CHECK(cluster.changes() - before == 2);
  cluster.run(seconds(1));
  CHECK(cluster.slots("web") == Numbers{1, 2, 3, 4, 5, 6});
  for (const char* name : {"n1", "n2", "n3"}) CHECK(cluster.running_on("web", name) == 2);
}

TEST_CASE("scale: up fills the lowest free slot, down levels the nodes, highest slot first") {
  SmallCluster cluster;
  for (const char* name : {"n1", "n2", "n3"}) cluster.add_node(name);
  cluster.create(spec_of("web", 6));
  cluster.run(seconds(1));
  cluster.scale("web", 4);
  cluster.run(seconds(1));
  CHECK(cluster.slots("web") == Numbers{1, 2, 3, 4});
  CHECK(cluster.tasks("web").size() == 4);  // the others are gone, history too
  cluster.scale("web", 5);
  cluster.run(seconds(1));
  CHECK(cluster.slots("web") == Numbers{1, 2, 3, 4, 5});
  cluster.scale("web", 0);
  cluster.run(seconds(1));
  CHECK(cluster.tasks("web").empty());
}

TEST_CASE(
    "scale down: tasks without a node go first, then second copies, then those that do not run") {
  SmallCluster cluster;
  cluster.add_node("n1", 512 * kMiB);
  ServiceSpec spec = spec_of("web", 4);
  spec.task.resources.reservations.memory_bytes = 256 * kMiB;
  cluster.create(spec);
  cluster.run(seconds(1));
  CHECK(cluster.running("web").size() == 2);
  CHECK(cluster.newest("web", 3).status.err ==
        "no suitable node (insufficient resources on 1 node)");
  cluster.scale("web", 2);
  cluster.run(seconds(1));
  CHECK(cluster.slots("web") == Numbers{1, 2});

  cluster.end_task("web", 1);  // slot 1 waits for its restart, slot 2 runs
  cluster.scale("web", 1);
  cluster.run(seconds(1));
  CHECK(cluster.slots("web") == Numbers{2});
}

TEST_CASE("a failed task is replaced after the delay, prepared before") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.create(spec_of("web"));
  cluster.run(seconds(1));
  cluster.end_task("web", 1);
  CHECK(cluster.newest("web", 1).desired_state == TaskState::kReady);
  CHECK(cluster.newest("web", 1).status.state == TaskState::kAssigned);
  cluster.run(milliseconds(4900));
  CHECK(cluster.newest("web", 1).status.state == TaskState::kReady);
  cluster.run(milliseconds(400));
  CHECK(cluster.newest("web", 1).status.state == TaskState::kRunning);
}

TEST_CASE("a new leader starts the delay of a waiting task anew and starts it once") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.create(spec_of("web"));
  cluster.run(seconds(1));
  cluster.end_task("web", 1);
  cluster.run(seconds(3));
  cluster.change_leader();
  cluster.run(milliseconds(4900));
  CHECK(cluster.running("web").empty());
  cluster.run(milliseconds(400));
  CHECK(cluster.running("web").size() == 1);
  CHECK(cluster.tasks("web").size() == 2);
}

TEST_CASE("a task that is rejected while it waits for its delay does not shorten it") {
  SmallCluster cluster;
  cluster.add_node("n1");
  ServiceSpec spec = spec_of("web");
  spec.task.restart.delay = seconds(20);
  cluster.create(spec);
  cluster.run(seconds(1));
  cluster.end_task("web", 1);
  cluster.run(seconds(1));
  cluster.observe(cluster.newest("web", 1).id, TaskState::kRejected);
  cluster.run(seconds(15));
  CHECK(cluster.tasks("web").size() == 2);
  cluster.run(seconds(5));
  CHECK(cluster.tasks("web").size() == 3);
  cluster.run(seconds(21));
  CHECK(cluster.running("web").size() == 1);
}

TEST_CASE("restart conditions") {
  struct Case {
    RestartCondition condition;
    TaskState end;
    bool replaced;
  };
  const Case cases[] = {
      {RestartCondition::kAny, TaskState::kComplete, true},
      {RestartCondition::kAny, TaskState::kFailed, true},
      {RestartCondition::kOnFailure, TaskState::kComplete, false},
      {RestartCondition::kOnFailure, TaskState::kFailed, true},
      {RestartCondition::kOnFailure, TaskState::kRejected, true},
      {RestartCondition::kNone, TaskState::kComplete, false},
      {RestartCondition::kNone, TaskState::kFailed, false},
  };
  for (const Case& one : cases) {
    CAPTURE(to_string(one.condition));
    CAPTURE(to_string(one.end));
    SmallCluster cluster;
    cluster.add_node("n1");
    ServiceSpec spec = spec_of("web");
    spec.task.restart.condition = one.condition;
    spec.task.restart.delay = seconds(1);
    cluster.create(spec);
    cluster.run(seconds(1));
    cluster.end_task("web", 1, one.end);
    cluster.run(seconds(3));
    CHECK(cluster.running("web").size() == (one.replaced ? 1 : 0));
    CHECK(cluster.tasks("web").size() == (one.replaced ? 2 : 1));
  }
}

TEST_CASE("max attempts count per slot and survive a change of leader") {
  SmallCluster cluster;
  cluster.add_node("n1");
  ServiceSpec spec = spec_of("web", 2);
  spec.task.restart.max_attempts = 3;
  spec.task.restart.delay = milliseconds(500);
  cluster.create(spec);
  cluster.endings["v1"] = {seconds(1)};
  cluster.run(seconds(3));
  cluster.change_leader();
  cluster.run(seconds(30));
  CHECK(cluster.running("web").empty());
  CHECK(cluster.tasks("web").size() == 8);  // the first and three restarts, in two slots
  // A new spec starts counting anew.
  cluster.update("web", [](ServiceSpec& changed) { changed.task.container.image = "v2"; });
  cluster.run(seconds(10));
  CHECK(cluster.running("web").size() == 2);
}

TEST_CASE("max attempts within a window") {
  SmallCluster cluster;
  cluster.add_node("n1");
  ServiceSpec spec = spec_of("web");
  spec.task.restart.max_attempts = 2;
  spec.task.restart.window = seconds(10);
  spec.task.restart.delay = seconds(0);
  cluster.create(spec);
  // Slow failures never use the attempts up …
  for (int i = 0; i < 6; ++i) {
    cluster.run(seconds(8));
    cluster.end_task("web", 1);
  }
  cluster.run(seconds(12));
  CHECK(cluster.running("web").size() == 1);
  // … fast ones do, and time alone does not give them back.
  for (int i = 0; i < 3; ++i) {
    cluster.end_task("web", 1);
    cluster.run(seconds(1));
  }
  cluster.run(seconds(60));
  CHECK(cluster.running("web").empty());
}

TEST_CASE("a node that is down: replacement without delay; the old tasks stop when it is back") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.add_node("n2");
  cluster.create(spec_of("web", 2));
  cluster.run(seconds(1));
  cluster.set_state("n1", NodeState::kUnknown);
  cluster.run(seconds(60));
  CHECK(cluster.running_on("web", "n2") == 1);
  cluster.set_state("n1", NodeState::kDown);
  cluster.run(milliseconds(500));
  CHECK(cluster.running_on("web", "n2") == 2);
  cluster.set_state("n1", NodeState::kReady);
  cluster.run(seconds(1));
  CHECK(cluster.running_on("web", "n1") == 0);
  CHECK(cluster.running("web").size() == 2);
  for (const Task& task : cluster.tasks("web")) {
    if (task.node_id == cluster.node("n1").id) CHECK(task.status.state == TaskState::kShutdown);
  }
}

TEST_CASE("drain: the successor waits until the old task has stopped, a minute at most") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.create(spec_of("web"));
  cluster.run(seconds(1));
  cluster.add_node("n2");
  cluster.stop_time = seconds(8);
  cluster.set_availability("n1", NodeAvailability::kDrain);
  cluster.run(seconds(7));
  CHECK(cluster.newest("web", 1).status.state == TaskState::kReady);
  cluster.run(seconds(2));
  CHECK(cluster.running_on("web", "n2") == 1);

  cluster.set_availability("n1", NodeAvailability::kActive);
  cluster.stop_time = seconds(100);
  cluster.set_availability("n2", NodeAvailability::kDrain);
  cluster.run(seconds(59));
  CHECK(cluster.running("web").empty());
  cluster.run(seconds(2));
  CHECK(cluster.running_on("web", "n1") == 1);
}

TEST_CASE("pause: tasks stay, no new ones come") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.add_node("n2");
  cluster.create(spec_of("web", 2));
  cluster.run(seconds(1));
  cluster.set_availability("n1", NodeAvailability::kPause);
  cluster.scale("web", 6);
  cluster.run(seconds(1));
  CHECK(cluster.running_on("web", "n1") == 1);
  CHECK(cluster.running_on("web", "n2") == 5);
}

TEST_CASE("a removed node orphans its tasks, which are replaced") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.add_node("n2");
  cluster.create(spec_of("web", 2));
  cluster.run(seconds(1));
  const NodeId gone = cluster.node("n1").id;
  cluster.set_state("n1", NodeState::kUnknown);
  REQUIRE(cluster.execute(RemoveNode{gone, false}).ok());
  cluster.run(seconds(1));
  CHECK(cluster.running_on("web", "n2") == 2);
  CHECK(cluster.tables().cluster()->removed_nodes == std::vector<NodeId>{gone});
}

TEST_CASE("a node down for 24 hours orphans its tasks") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.create(spec_of("web"));
  cluster.run(seconds(1));
  const TaskId id = cluster.newest("web", 1).id;
  cluster.set_state("n1", NodeState::kDown);
  cluster.run(hours(23));
  CHECK(cluster.tables().task(id)->status.state == TaskState::kRunning);
  cluster.run(hours(2));
  CHECK(cluster.tables().task(id)->status.state == TaskState::kOrphaned);
}

TEST_CASE(
    "history: five tasks a slot, the current one included; max attempts keep more; negative keeps "
    "all") {
  struct Case {
    int64_t limit;
    uint64_t max_attempts;
    size_t expected;
  };
  for (const Case& one :
       {Case{5, 0, 5}, Case{2, 0, 2}, Case{0, 0, 1}, Case{5, 20, 12}, Case{-1, 0, 12}}) {
    CAPTURE(one.limit);
    SmallCluster cluster;
    cluster.add_node("n1");
    const Cluster before = *cluster.tables().cluster();
    ClusterSpec cluster_spec = before.spec;
    cluster_spec.task_history = one.limit;
    REQUIRE(cluster.execute(UpdateCluster{before.meta.version, cluster_spec, {}}).ok());
    ServiceSpec spec = spec_of("web");
    spec.task.restart.delay = seconds(0);
    spec.task.restart.max_attempts = one.max_attempts;
    cluster.create(spec);
    for (int i = 0; i < 11; ++i) {
      cluster.run(seconds(1));
      cluster.end_task("web", 1);
    }
    cluster.run(seconds(1));
    CHECK(cluster.tasks("web").size() == one.expected);
    CHECK(cluster.running("web").size() == 1);
  }
}

TEST_CASE("removing a service stops its tasks before they are deleted") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.create(spec_of("web", 3));
  cluster.run(seconds(1));
  cluster.stop_time = seconds(5);
  REQUIRE(cluster.execute(RemoveService{cluster.service("web").id}).ok());
  CHECK(cluster.tables().rows<Task>().size() == 3);
  for (const auto& [id, task] : cluster.tables().rows<Task>())
    CHECK(task->desired_state == TaskState::kRemove);
  // The name is free at once, but the room on the node is not.
  cluster.create(spec_of("web", 1));
  cluster.run(seconds(6));
  CHECK(cluster.tables().rows<Task>().size() == 1);
}

TEST_CASE("constraint enforcer: a label that changes moves the task") {
  SmallCluster cluster;
  cluster.add_node("n1", kGiB, {{"disk", "ssd"}});
  cluster.add_node("n2", kGiB, {{"disk", "ssd"}});
  ServiceSpec spec = spec_of("db");
  spec.task.placement.constraints = {"node.labels.disk==ssd"};
  spec.task.restart.delay = seconds(0);
  cluster.create(spec);
  cluster.run(seconds(1));
  REQUIRE(cluster.running_on("db", "n1") == 1);
  const TaskId old = cluster.newest("db", 1).id;
  cluster.change_node("n1", [](Node& node) { node.spec.labels["disk"] = "sd"; });
  CHECK(cluster.tables().task(old)->status.state == TaskState::kRejected);
  CHECK(cluster.tables().task(old)->status.err == "assigned node no longer meets constraints");
  cluster.run(seconds(1));
  CHECK(cluster.running_on("db", "n2") == 1);
}

TEST_CASE("constraint enforcer: a board that offers less keeps its oldest tasks") {
  SmallCluster cluster;
  cluster.add_node("n1");
  ServiceSpec spec = spec_of("web", 2);
  spec.task.resources.reservations.memory_bytes = 512 * kMiB;
  cluster.create(spec);
  cluster.run(seconds(1));
  CHECK(cluster.running("web").size() == 2);
  cluster.change_node("n1",
                      [](Node& node) { node.description.resources.memory_bytes = 600 * kMiB; });
  cluster.run(seconds(10));
  CHECK(cluster.running("web").size() == 1);
  cluster.change_node("n1", [](Node& node) { node.description.memory_controller = false; });
  cluster.run(seconds(10));
  CHECK(cluster.running("web").empty());
}

}  // namespace es::orchestrator
