#include "core/scheduler/scheduler.h"

#include <functional>
#include <map>

#include "core/base/prng.h"
#include "core/scheduler/platform.h"
#include "doctest.h"

namespace es::scheduler {

namespace {

struct Bench {
  state::Tables tables;
  state::Liveness liveness;
  Prng prng{3};
  Scheduler scheduler;
  Instant now{0};
  Service service;

  Bench() {
    service.id = ServiceId::draw(prng);
    service.spec.name = "web";
    service.spec.mode.replicated.emplace();
    service.spec.task.container.image = "v1";
  }

  void commit(state::Draft& draft) {
    for (auto& actions : state::split(draft.take_actions())) {
      REQUIRE_FALSE(
          tables.apply(tables.index() + 1, state::Change{{}, {}, std::move(actions)}).refused);
    }
  }
  NodeId add(const std::string& name, const std::function<void(Node&)>& change = {}) {
    Node node;
    node.id = NodeId::draw(prng);
    node.description.hostname = name;
    node.description.platform = {"arm64", "linux", ""};
    node.description.resources.cpu_nano = 4'000'000'000;
    node.description.resources.memory_bytes = 1 << 30;
    if (change) change(node);
    state::Draft draft(tables);
    draft.put(node);
    commit(draft);
    liveness.set(node.id, NodeState::kReady);
    return node.id;
  }
  // Makes `count` tasks of the service and places them.
  void place(uint64_t count) {
    state::Draft draft(tables);
    if (!draft.service(service.id)) draft.put(service);
    for (uint64_t i = 0; i < count; ++i) {
      Task task;
      task.id = TaskId::draw(prng);
      task.service_id = service.id;
      task.spec = service.spec.task;
      task.spec_version = service.spec_version;
      task.slot = ++slots;
      task.status.state = TaskState::kPending;
      task.desired_state = TaskState::kRunning;
      draft.put(task);
    }
    run(draft);
  }
  void run(state::Draft& draft) {
    scheduler.run(draft, liveness, now, {});
    commit(draft);
    scheduler.run(draft, liveness, now, {});
    CHECK(draft.take_actions().empty());
  }
  void run() {
    state::Draft draft(tables);
    run(draft);
  }
  std::map<std::string, int> placement() const {
    std::map<std::string, int> counts;
    for (const auto& [id, task] : tables.rows<Task>()) {
      if (task->status.state == TaskState::kAssigned)
        ++counts[tables.node(task->node_id)->description.hostname];
    }
    return counts;
  }
  std::string reason() const {
    for (const auto& [id, task] : tables.rows<Task>()) {
      if (task->status.state == TaskState::kPending) return task->status.err;
    }
    return "none is pending";
  }

  uint64_t slots = 0;
};

using Counts = std::map<std::string, int>;

}  // namespace

TEST_CASE("reservations are exact: the 17th task of 256 MiB waits, and says why") {
  Bench bench;
  for (const char* name : {"n1", "n2", "n3", "n4"}) bench.add(name);
  bench.service.spec.task.resources.reservations.memory_bytes = 256 << 20;
  bench.place(17);
  CHECK(bench.placement() == Counts{{"n1", 4}, {"n2", 4}, {"n3", 4}, {"n4", 4}});
  CHECK(bench.reason() == "no suitable node (insufficient resources on 4 nodes)");
  // One byte too much on a fresh node, then exactly enough.
  bench.add("n5", [](Node& node) { node.description.resources.memory_bytes = (256 << 20) - 1; });
  bench.run();
  CHECK(bench.reason() == "no suitable node (insufficient resources on 5 nodes)");
  bench.add("n6", [](Node& node) { node.description.resources.memory_bytes = 256 << 20; });
  bench.run();
  CHECK(bench.placement()["n6"] == 1);
  CHECK(bench.reason() == "none is pending");
}

TEST_CASE("a node without the memory controller takes tasks that reserve none") {
  Bench bench;
  bench.add("n1", [](Node& node) { node.description.memory_controller = false; });
  bench.service.spec.task.resources.reservations.memory_bytes = 4 << 20;
  bench.place(1);
  CHECK(bench.reason() == "no suitable node (insufficient resources on 1 node)");
  bench.service.id = ServiceId::draw(bench.prng);
  bench.service.spec.name = "other";
  bench.service.spec.task.resources = {};
  bench.place(1);
  CHECK(bench.placement() == Counts{{"n1", 1}});
}

TEST_CASE(
    "the reasons, most frequent first, each node counted once, managers without tasks not at all") {
  Bench bench;
  bench.add("manager", [](Node& node) { node.description.resources = {}; });
  bench.add("down");
  bench.add("paused", [](Node& node) { node.spec.availability = NodeAvailability::kPause; });
  bench.add("small1", [](Node& node) { node.description.resources.memory_bytes = 1; });
  bench.add("small2", [](Node& node) { node.description.resources.memory_bytes = 1; });
  bench.add("small3", [](Node& node) { node.description.resources.memory_bytes = 1; });
  bench.add("west", [](Node& node) { node.spec.labels["side"] = "west"; });
  bench.add("pc", [](Node& node) { node.description.platform = {"amd64", "linux", ""}; });
  bench.liveness.set(bench.tables.nodes_named("down")[0]->id, NodeState::kDown);
  auto& spec = bench.service.spec.task;
  spec.resources.reservations.memory_bytes = 64 << 20;
  spec.placement.constraints = {"node.labels.side!=west"};
  spec.placement.platforms = {{"arm64", "linux", ""}};
  bench.place(1);
  CHECK(bench.reason() ==
        "no suitable node (insufficient resources on 3 nodes; 2 nodes not available for new tasks; "
        "scheduling "
        "constraints not satisfied on 1 node; unsupported platform on 1 node)");
}

TEST_CASE("without any node") {
  Bench bench;
  bench.place(1);
  CHECK(bench.reason() == "no suitable node");
}

TEST_CASE("max replicas per node") {
  Bench bench;
  bench.add("n1");
  bench.add("n2");
  bench.service.spec.task.placement.max_replicas = 2;
  bench.place(5);
  CHECK(bench.placement() == Counts{{"n1", 2}, {"n2", 2}});
  CHECK(bench.reason() == "no suitable node (max replicas per node limit exceed)");
}

TEST_CASE("spread: fewest of the service first, then fewest in all, then the longest member") {
  Bench bench;
  for (const char* name : {"n1", "n2", "n3"}) bench.add(name);
  bench.place(1);
  CHECK(bench.placement() == Counts{{"n1", 1}});
  bench.service.id = ServiceId::draw(bench.prng);
  bench.service.spec.name = "other";
  bench.place(2);
  CHECK(bench.placement() == Counts{{"n1", 1}, {"n2", 1}, {"n3", 1}});
  bench.place(1);  // n1 has none of this service, though as many as the others
  CHECK(bench.placement() == Counts{{"n1", 2}, {"n2", 1}, {"n3", 1}});
}

TEST_CASE("nothing is moved for a node that comes later, but it gets what is new") {
  Bench bench;
  bench.add("n1");
  bench.place(4);
  bench.add("n2");
  bench.run();
  CHECK(bench.placement() == Counts{{"n1", 4}});
  bench.place(3);
  CHECK(bench.placement() == Counts{{"n1", 4}, {"n2", 3}});
}

TEST_CASE(
    "preferences: racks are levelled first, then the nodes in them; a missing label is a rack of "
    "its own") {
  Bench bench;
  const auto in_rack = [](const char* rack) {
    return [rack](Node& node) { node.spec.labels["rack"] = rack; };
  };
  bench.add("a1", in_rack("a"));
  bench.add("a2", in_rack("a"));
  bench.add("a3", in_rack("a"));
  bench.add("b1", in_rack("b"));
  bench.add("none");
  bench.service.spec.task.placement.preferences = {{{"node.labels.rack"}}};
  bench.place(9);
  CHECK(bench.placement() == Counts{{"a1", 1}, {"a2", 1}, {"a3", 1}, {"b1", 3}, {"none", 3}});
}

TEST_CASE("preferences: nested, and a full branch gives its share to the others") {
  Bench bench;
  const auto at = [](const char* room, const char* rack, int64_t memory_mib) {
    return [=](Node& node) {
      node.spec.labels["room"] = room;
      node.description.engine_labels["rack"] = rack;
      node.description.resources.memory_bytes = memory_mib << 20;
    };
  };
  bench.add("x1", at("x", "1", 1024));
  bench.add("x2", at("x", "2", 1024));
  bench.add("y1", at("y", "1", 64));
  bench.service.spec.task.resources.reservations.memory_bytes = 64 << 20;
  bench.service.spec.task.placement.preferences = {{{"node.labels.room"}},
                                                   {{"engine.labels.rack"}}};
  bench.place(2);
  CHECK(bench.placement() == Counts{{"x1", 1}, {"y1", 1}});
  bench.place(3);
  CHECK(bench.placement() == Counts{{"x1", 2}, {"x2", 2}, {"y1", 1}});
}

TEST_CASE("five failures in five minutes make a node the last choice") {
  Bench bench;
  bench.add("n1");
  bench.add("n2");
  bench.place(10);
  const NodeId bad = bench.tables.nodes_named("n1")[0]->id;
  bench.run();
  const auto fail_one = [&] {
    for (const auto& [id, task] : bench.tables.rows<Task>()) {
      if (task->node_id != bad || task->status.state != TaskState::kAssigned) continue;
      Task failed = *task;
      failed.status.state = TaskState::kFailed;
      state::Draft draft(bench.tables);
      draft.put(failed);
      bench.commit(draft);
      return;
    }
  };
  for (int i = 0; i < 4; ++i) fail_one();
  bench.place(1);
  CHECK(bench.placement()["n1"] == 2);  // four are forgiven
  fail_one();
  bench.place(4);
  CHECK(bench.placement() == Counts{{"n1", 1}, {"n2", 9}});
  bench.now = bench.now + minutes(6);
  bench.place(2);
  CHECK(bench.placement()["n1"] == 3);
}

TEST_CASE("a failure counts for the placement that answers it in the same draft") {
  Bench bench;
  bench.add("n1");
  bench.place(1);
  bench.add("n2");
  bench.run();
  for (int failures = 1; failures <= 5; ++failures) {
    state::Draft draft(bench.tables);
    for (const auto& task : draft.tasks()) {
      if (task->status.state != TaskState::kAssigned) continue;
      Task failed = *task;
      failed.status.state = TaskState::kFailed;
      draft.put(failed);
      Task successor = *task;
      successor.id = TaskId::draw(bench.prng);
      successor.meta = {};
      successor.node_id = {};
      successor.status = {};
      successor.status.state = TaskState::kPending;
      draft.put(successor);
    }
    bench.run(draft);
    CHECK(bench.placement() == (failures < 5 ? Counts{{"n1", 1}} : Counts{{"n2", 1}}));
  }
}

TEST_CASE("a task that is told to stop before it has a node gets none") {
  Bench bench;
  bench.place(1);
  state::Draft draft(bench.tables);
  Task task = *bench.tables.rows<Task>().begin()->second;
  task.desired_state = TaskState::kShutdown;
  draft.put(task);
  bench.commit(draft);
  bench.add("n1");
  bench.run();
  CHECK(bench.placement().empty());
}

TEST_CASE("platforms") {
  struct Case {
    Platform node;
    Platform image;
    bool runs;
  };
  const Platform pi5{"aarch64", "linux", ""};
  const Platform pi2{"arm", "linux", "v7"};
  const Platform zero{"armv6l", "linux", ""};
  const Case cases[] = {
      {pi5, {"arm64", "linux", ""}, true},    {pi5, {"arm64", "linux", "v8"}, true},
      {pi5, {"arm", "linux", "v7"}, false},   {pi5, {"amd64", "linux", ""}, false},
      {pi5, {"arm64", "windows", ""}, false}, {pi5, {"", "", ""}, true},
      {pi5, {"ARM64", "Linux", ""}, true},    {pi2, {"arm", "linux", "v7"}, true},
      {pi2, {"arm", "linux", "v6"}, true},    {pi2, {"arm", "linux", ""}, true},
      {pi2, {"arm64", "linux", ""}, false},   {zero, {"arm", "linux", "v6"}, true},
      {zero, {"arm", "linux", "v7"}, false},  {zero, {"arm", "linux", ""}, false},
      {zero, {"arm", "linux", "v5"}, true},   {{"x86_64", "linux", ""}, {"amd64", "", ""}, true},
  };
  for (const Case& one : cases) {
    CAPTURE(one.node.architecture);
    CAPTURE(one.image.architecture + one.image.variant);
    CHECK(runs(one.node, one.image) == one.runs);
  }
  CHECK(runs_any(pi5, {}));
  CHECK(runs_any(pi5, {{"amd64", "linux", ""}, {"arm64", "linux", ""}}));
  CHECK_FALSE(runs_any(zero, {{"amd64", "linux", ""}, {"arm", "linux", "v7"}}));
}

}  // namespace es::scheduler
