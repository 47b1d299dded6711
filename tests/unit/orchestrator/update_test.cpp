#include "doctest.h"
#include "tests/unit/orchestrator/small_cluster.h"

namespace es::orchestrator {

namespace {

struct Rollout {
  SmallCluster cluster;

  explicit Rollout(const UpdateConfig& config, uint64_t replicas = 4,
                   const UpdateConfig& rollback = {}) {
    for (const char* name : {"n1", "n2"}) cluster.add_node(name);
    ServiceSpec spec = spec_of("web", replicas);
    spec.update = config;
    spec.rollback = rollback;
    spec.task.restart.delay = seconds(1);
    cluster.create(spec);
    cluster.run(seconds(1));
  }

  void to(const std::string& image) {
    cluster.update("web", [&](ServiceSpec& spec) { spec.task.container.image = image; });
  }
  size_t running(const std::string& image) const {
    size_t count = 0;
    for (const Task& task : cluster.running("web")) count += task.spec.container.image == image;
    return count;
  }
  UpdateState state() const {
    const Service service = cluster.service("web");
    return service.update_status ? service.update_status->state : UpdateState::kNone;
  }
  std::string message() const { return cluster.service("web").update_status->message; }
};

UpdateConfig config(uint64_t parallelism, Duration delay = {},
                    FailureAction action = FailureAction::kPause) {
  UpdateConfig made;
  made.parallelism = parallelism;
  made.delay = delay;
  made.failure_action = action;
  return made;
}

}  // namespace

TEST_CASE("update: so many at a time, with the delay in between, monitored once more at the end") {
  Rollout rollout(config(2, seconds(10)));
  rollout.to("v2");
  CHECK(rollout.state() == UpdateState::kUpdating);
  rollout.cluster.run(seconds(5));
  CHECK(rollout.running("v2") == 2);
  CHECK(rollout.running("v1") == 2);
  rollout.cluster.run(seconds(6));
  CHECK(rollout.running("v2") == 4);
  CHECK(rollout.state() == UpdateState::kUpdating);
  rollout.cluster.run(seconds(16));
  CHECK(rollout.state() == UpdateState::kCompleted);
  CHECK(rollout.message() == "update completed");
}

TEST_CASE("update: parallelism 0 replaces all at once") {
  Rollout rollout(config(0));
  rollout.to("v2");
  rollout.cluster.run(seconds(1));
  CHECK(rollout.running("v2") == 4);
  rollout.cluster.run(seconds(5));
  CHECK(rollout.state() == UpdateState::kCompleted);
}

TEST_CASE("update: stop-first never runs two in a slot, start-first never none") {
  for (const UpdateOrder order : {UpdateOrder::kStopFirst, UpdateOrder::kStartFirst}) {
    CAPTURE(to_string(order));
    UpdateConfig made = config(1);
    made.order = order;
    Rollout rollout(made);
    if (order == UpdateOrder::kStopFirst) rollout.cluster.stop_time = seconds(1);
    rollout.to("v2");
    size_t fewest = 4;
    size_t most = 4;
    for (int i = 0; i < 300; ++i) {
      rollout.cluster.run(milliseconds(50));
      size_t containers = 0;
      for (const Task& task : rollout.cluster.tasks("web"))
        containers += task.status.state == TaskState::kRunning;
      fewest = std::min(fewest, containers);
      most = std::max(most, containers);
    }
    CHECK(rollout.running("v2") == 4);
    CHECK(fewest == (order == UpdateOrder::kStopFirst ? 3 : 4));
    CHECK(most == (order == UpdateOrder::kStopFirst ? 4 : 5));
  }
}

TEST_CASE("update: a failure pauses it; the next update goes on") {
  Rollout rollout(config(1, seconds(2)));
  rollout.cluster.endings["bad"] = {seconds(1)};
  rollout.to("bad");
  rollout.cluster.run(seconds(10));
  CHECK(rollout.state() == UpdateState::kPaused);
  CHECK(
      rollout.message().starts_with("update paused due to failure or early termination of task "));
  CHECK(rollout.running("v1") == 3);
  rollout.to("v2");
  rollout.cluster.run(seconds(30));
  CHECK(rollout.running("v2") == 4);
  CHECK(rollout.state() == UpdateState::kCompleted);
}

TEST_CASE(
    "update: a task that ends with success early is a failure too, after the monitoring it is "
    "none") {
  struct Case {
    Duration after;
    UpdateState expected;
  };
  for (const Case& one :
       {Case{seconds(1), UpdateState::kPaused}, Case{seconds(20), UpdateState::kCompleted}}) {
    Rollout rollout(config(0));
    rollout.cluster.endings["v2"] = {one.after, TaskState::kComplete};
    rollout.to("v2");
    rollout.cluster.run(seconds(30));
    CHECK(rollout.state() == one.expected);
  }
}

TEST_CASE("update: failure action continue") {
  Rollout rollout(config(1, {}, FailureAction::kContinue));
  rollout.cluster.endings["bad"] = {seconds(1)};
  rollout.to("bad");
  rollout.cluster.run(seconds(20));
  CHECK(rollout.running("v1") == 0);
  CHECK(rollout.state() == UpdateState::kCompleted);
}

TEST_CASE("update: failure action rollback goes back to the previous spec, once") {
  Rollout rollout(config(1, {}, FailureAction::kRollback));
  rollout.cluster.endings["bad"] = {seconds(1)};
  rollout.to("bad");
  rollout.cluster.run(seconds(3));
  CHECK(rollout.state() == UpdateState::kRollbackStarted);
  rollout.cluster.run(seconds(20));
  CHECK(rollout.running("v1") == 4);
  CHECK(rollout.state() == UpdateState::kRollbackCompleted);
  CHECK_FALSE(rollout.cluster.service("web").previous_spec.has_value());
}

TEST_CASE("update: a rollback that fails is paused, never rolled back") {
  UpdateConfig rollback = config(1, {}, FailureAction::kRollback);
  Rollout rollout(config(0, {}, FailureAction::kRollback), 4, rollback);
  rollout.to("bad");
  rollout.cluster.run(seconds(1));
  rollout.cluster.endings["v1"] = {milliseconds(500)};
  rollout.cluster.end_task("web", 1);
  rollout.cluster.run(seconds(20));
  CHECK(rollout.state() == UpdateState::kRollbackPaused);
  CHECK(rollout.message().starts_with(
      "rollback paused due to failure or early termination of task "));
}

TEST_CASE("update: the failure ratio is a share of the slots to be replaced") {
  struct Case {
    uint64_t ratio_millionths;
    UpdateState expected;
  };
  // One of four fails.
  for (const Case& one :
       {Case{240'000, UpdateState::kPaused}, Case{250'000, UpdateState::kCompleted}}) {
    UpdateConfig made = config(0);
    made.max_failure_ratio_millionths = one.ratio_millionths;
    Rollout rollout(made);
    rollout.to("v2");
    rollout.cluster.run(seconds(1));
    rollout.cluster.end_task("web", 2);
    rollout.cluster.run(seconds(10));
    CHECK(rollout.state() == one.expected);
  }
}

TEST_CASE("update: waits for ever for a task that never starts, and a new update frees it") {
  Rollout rollout(config(1));
  rollout.cluster.never_starts["stuck"] = true;
  rollout.to("stuck");
  rollout.cluster.run(minutes(5));
  CHECK(rollout.state() == UpdateState::kUpdating);
  CHECK(rollout.running("v1") == 3);
  rollout.to("v2");
  rollout.cluster.run(seconds(20));
  CHECK(rollout.running("v2") == 4);
  CHECK(rollout.state() == UpdateState::kCompleted);
}

TEST_CASE("update: a new leader goes on in the middle, in either order") {
  for (const UpdateOrder order : {UpdateOrder::kStopFirst, UpdateOrder::kStartFirst}) {
    UpdateConfig made = config(1, seconds(1));
    made.order = order;
    Rollout rollout(made, 6);
    rollout.to("v2");
    for (int i = 0; i < 10; ++i) {
      rollout.cluster.run(milliseconds(700));
      rollout.cluster.change_leader();
    }
    rollout.cluster.run(seconds(30));
    CHECK(rollout.running("v2") == 6);
    CHECK(rollout.cluster.running("web").size() == 6);
    CHECK(rollout.state() == UpdateState::kCompleted);
  }
}

TEST_CASE(
    "update: what is not in the task's template replaces nothing; nor does a constraint that the "
    "node satisfies") {
  Rollout rollout(config(1));
  std::vector<TaskId> before;
  for (const Task& task : rollout.cluster.running("web")) before.push_back(task.id);
  rollout.cluster.update("web", [](ServiceSpec& spec) { spec.labels["owner"] = "me"; });
  rollout.cluster.update("web", [](ServiceSpec& spec) {
    spec.task.placement.constraints = {"node.platform.os==linux"};
  });
  rollout.cluster.run(seconds(10));
  std::vector<TaskId> after;
  for (const Task& task : rollout.cluster.running("web")) after.push_back(task.id);
  CHECK(before == after);
  CHECK(rollout.state() == UpdateState::kNone);

  rollout.cluster.update(
      "web", [](ServiceSpec& spec) { spec.task.placement.constraints = {"node.hostname==n1"}; });
  rollout.cluster.run(seconds(20));
  CHECK(rollout.cluster.running_on("web", "n1") == 4);
  CHECK(rollout.state() == UpdateState::kCompleted);
}

TEST_CASE("update and scale in one: kept slots are updated, new ones made of the new spec") {
  Rollout rollout(config(1));
  rollout.cluster.update("web", [](ServiceSpec& spec) {
    spec.task.container.image = "v2";
    spec.mode.replicated->replicas = 6;
  });
  rollout.cluster.run(seconds(1));
  CHECK(rollout.running("v2") >= 2);
  rollout.cluster.run(seconds(20));
  CHECK(rollout.running("v2") == 6);
}

TEST_CASE("manual rollback swaps the specs, replicas included, and can be taken back") {
  Rollout rollout(config(0));
  rollout.cluster.update("web", [](ServiceSpec& spec) {
    spec.task.container.image = "v2";
    spec.mode.replicated->replicas = 2;
  });
  rollout.cluster.run(seconds(10));
  const auto roll_back = [&] {
    const Service service = rollout.cluster.service("web");
    REQUIRE(
        rollout.cluster.execute(UpdateService{service.id, service.meta.version, {}, true}).ok());
    rollout.cluster.run(seconds(10));
  };
  roll_back();
  CHECK(rollout.running("v1") == 4);
  CHECK(rollout.state() == UpdateState::kRollbackCompleted);
  roll_back();
  CHECK(rollout.running("v2") == 2);
}

TEST_CASE("update of a global service, node by node") {
  SmallCluster cluster;
  for (const char* name : {"n1", "n2", "n3"}) cluster.add_node(name);
  ServiceSpec spec = spec_of("agent");
  spec.mode = {};
  spec.mode.global = GlobalMode{};
  spec.update = config(1, seconds(2));
  cluster.create(spec);
  cluster.run(seconds(1));
  cluster.update("agent", [](ServiceSpec& changed) { changed.task.container.image = "v2"; });
  cluster.run(seconds(1));
  size_t updated = 0;
  for (const Task& task : cluster.running("agent")) updated += task.spec.container.image == "v2";
  CHECK(updated == 1);
  cluster.run(seconds(20));
  for (const char* name : {"n1", "n2", "n3"}) CHECK(cluster.running_on("agent", name) == 1);
  CHECK(cluster.service("agent").update_status->state == UpdateState::kCompleted);
}

TEST_CASE("update: a full node makes room before the new task is placed") {
  SmallCluster cluster;
  cluster.add_node("n1", 512 * kMiB);
  ServiceSpec spec = spec_of("web", 2);
  spec.task.resources.reservations.memory_bytes = 256 * kMiB;
  cluster.create(spec);
  cluster.run(seconds(1));
  cluster.stop_time = seconds(1);
  cluster.update("web", [](ServiceSpec& changed) { changed.task.container.image = "v2"; });
  cluster.run(seconds(15));
  CHECK(cluster.running("web").size() == 2);
  CHECK(cluster.service("web").update_status->state == UpdateState::kCompleted);
}

}  // namespace es::orchestrator
