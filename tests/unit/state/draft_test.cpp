#include "core/state/draft.h"

#include "core/base/prng.h"
#include "core/state/constraint.h"
#include "core/state/reservations.h"
#include "core/wire/codec.h"
#include "doctest.h"

namespace es::state {

namespace {

Service service_named(const std::string& name, uint64_t id) {
  Service service;
  service.id = ServiceId{{1, id}};
  service.spec.name = name;
  service.spec.task.container.image = std::string(500, 'i');
  service.spec.mode.replicated.emplace();
  return service;
}

Task task_of(const Service& service, uint64_t id, uint64_t slot) {
  Task task;
  task.id = TaskId{{2, id}};
  task.service_id = service.id;
  task.spec = service.spec.task;
  task.slot = slot;
  task.status.state = TaskState::kPending;
  return task;
}

}  // namespace

TEST_CASE("a draft reads its own writes, also through the queries") {
  Tables tables;
  Draft draft(tables);
  const Service web = service_named("web", 1);
  draft.put(web);
  draft.put(task_of(web, 1, 2));
  draft.put(task_of(web, 2, 1));
  tables.apply(1, Change{{}, {}, draft.take_actions()});

  Draft second(tables);
  Task moved = *tables.task(TaskId{{2, 1}});
  moved.node_id = NodeId{{3, 3}};
  second.put(moved);
  second.put(task_of(web, 3, 1));
  second.remove(TaskId{{2, 2}});
  const auto tasks = second.tasks_of_service(web.id);
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0]->id == TaskId{{2, 3}});
  CHECK(tasks[1]->id == TaskId{{2, 1}});
  CHECK(second.tasks_of_node(NodeId{{3, 3}}).size() == 1);
  CHECK(second.tasks().size() == 2);
  CHECK(second.task(TaskId{{2, 2}}) == nullptr);
  CHECK(tables.task(TaskId{{2, 2}}) != nullptr);
  second.remove(web.id);
  CHECK(second.service_by_name("web") == nullptr);
  CHECK(second.services().empty());
}

TEST_CASE("writing what is there is no action; made and removed in one draft is none either") {
  Tables tables;
  Draft draft(tables);
  const Service web = service_named("web", 1);
  draft.put(web);
  draft.put(task_of(web, 1, 1));
  tables.apply(1, Change{{}, {}, draft.take_actions()});
  draft.put(*tables.service(web.id));
  Task same = *tables.task(TaskId{{2, 1}});
  same.meta = {};
  draft.put(same);
  draft.put(task_of(web, 9, 9));
  draft.remove(TaskId{{2, 9}});
  CHECK(draft.take_actions().empty());
}

TEST_CASE("entries are small: a task's spec is not repeated, a change of state is only that") {
  Tables tables;
  Draft draft(tables);
  const Service web = service_named("web", 1);
  draft.put(web);
  for (uint64_t i = 1; i <= 50; ++i) draft.put(task_of(web, i, i));
  auto actions = draft.take_actions();
  CHECK(wire::encode(Change{{}, {}, actions}).size() < 600 + 50 * 90);
  tables.apply(1, Change{{}, {}, actions});
  CHECK(tables.task(TaskId{{2, 50}})->spec.container.image.size() == 500);

  Task running = *tables.task(TaskId{{2, 1}});
  running.status.state = TaskState::kRunning;
  draft.put(running);
  actions = draft.take_actions();
  REQUIRE(actions.size() == 1);
  CHECK(std::holds_alternative<TaskUpdate>(actions[0]));
  // What an update cannot say goes as the whole task.
  running.attempt = 4;
  draft.put(running);
  actions = draft.take_actions();
  CHECK(std::holds_alternative<Task>(actions[0]));
}

TEST_CASE("constraints: the grammar") {
  struct Case {
    const char* expression;
    const char* error;  // nullptr: good
  };
  const Case cases[] = {
      {"node.labels.az==az1", nullptr},
      {"  node.hostname  !=  pi 4  ", nullptr},
      {"node.ip==10.0.0.0/8", nullptr},
      {"node.labels.a==x^$|/\\[]()?+*.:-_", nullptr},
      {"node.id",
       "constraint \"node.id\" needs one of the operators == and !=, as in node.labels.az==az1"},
      {"node.id=5",
       "constraint \"node.id=5\" needs one of the operators == and !=, as in node.labels.az==az1"},
      {"==x", "constraint \"==x\": key '' is invalid"},
      {"1abc==x", "constraint \"1abc==x\": key '1abc' is invalid"},
      {"node id==x", "constraint \"node id==x\": key 'node id' is invalid"},
      {"a==x", "constraint \"a==x\": key 'a' is invalid"},
      {"node.id==", "constraint \"node.id==\": value '' is invalid"},
      {"node.id==a,b", "constraint \"node.id==a,b\": value 'a,b' is invalid"},
      {"node.id===x", "constraint \"node.id===x\": value '=x' is invalid"},
      {"node.id!=a==b", "constraint \"node.id!=a==b\": key 'node.id!=a' is invalid"},
      {"", "constraint \"\" needs one of the operators == and !=, as in node.labels.az==az1"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.expression);
    const auto parsed = parse_constraint(one.expression);
    if (one.error) {
      REQUIRE_FALSE(parsed.ok());
      CHECK(parsed.error().message == one.error);
    } else {
      CHECK(parsed.ok());
    }
  }
}

TEST_CASE("constraints: what they say of a node") {
  Node node;
  node.id = NodeId{{1, 2}};
  node.spec.labels = {{"Zone", "East"}, {"disk", "ssd"}};
  node.spec.role = NodeRole::kManager;
  node.description.hostname = "Pi-4";
  node.description.platform = {"arm64", "linux", ""};
  node.description.engine_labels = {{"model", "pi4"}};
  node.address = {"192.168.1.20", 2377};
  const std::string id = "node.id==" + node.id.to_string();
  struct Case {
    std::string expression;
    bool holds;
  };
  const Case cases[] = {
      {id, true},
      {"node.hostname==PI-4", true},
      {"NODE.HOSTNAME==pi-4", true},
      {"node.hostname==pi", false},
      {"node.hostname==pi*", false},
      {"node.hostname!=other", true},
      {"node.role==manager", true},
      {"node.role!=manager", false},
      {"node.platform.os==Linux", true},
      {"node.platform.arch==aarch64", true},
      {"node.platform.arch==ARM64", true},
      {"node.platform.arch!=x86_64", true},
      {"node.platform.arch==arm", false},
      {"node.labels.disk==SSD", true},
      {"node.labels.zone==East", false},  // the label's name has case
      {"node.labels.Zone==east", true},
      {"Node.Labels.Zone==east", true},
      {"node.labels.none==x", false},
      {"node.labels.none!=x", true},
      {"engine.labels.model==pi4", true},
      {"engine.labels.model!=pi4", false},
      {"node.ip==192.168.1.20", true},
      {"node.ip!=192.168.1.20", false},
      {"node.ip==192.168.0.0/16", true},
      {"node.ip==192.168.1.20/32", true},
      {"node.ip==192.168.1.0/28", false},
      {"node.ip!=10.0.0.0/8", true},
      {"node.ip==::ffff:192.168.1.20", true},
      {"node.ip==fe80::/10", false},
      {"node.ip==home", false},
      {"node.ip!=home", false},
      {"node.ip==10.0.0.0/33", false},
      {"node.unknown==x", false},
      {"node.unknown!=x", false},
      {"not a constraint", false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.expression);
    CHECK(meets_constraints({one.expression}, node) == one.holds);
  }
  CHECK(meets_constraints({}, node));
  CHECK_FALSE(meets_constraints({"node.role==manager", "node.role==worker"}, node));
  node.address = {"2001:db8::1:2", 2377};
  CHECK(meets_constraints({"node.ip==2001:db8::/32", "node.ip==2001:0db8:0:0:0:0:1:2"}, node));
  node.address = {};
  CHECK_FALSE(meets_constraints({"node.ip!=10.0.0.1"}, node));
}

TEST_CASE(
    "reservations: exact, held until the end was seen, none of memory without its controller") {
  Task task;
  task.node_id = NodeId{{1, 1}};
  struct Case {
    TaskState state;
    bool holds;
  };
  for (const Case& one : {Case{TaskState::kPending, false}, Case{TaskState::kAssigned, true},
                          Case{TaskState::kRunning, true}, Case{TaskState::kComplete, false},
                          Case{TaskState::kOrphaned, false}}) {
    task.status.state = one.state;
    CHECK(holds_reservation(task) == one.holds);
    task.desired_state = TaskState::kRemove;
    CHECK(holds_reservation(task) == one.holds);
  }
  const Resources offer{1'000'000'000, 1000, 0, {{"gpu", 2}}};
  CHECK(fits(offer, {500'000'000, 400, 0, {{"gpu", 1}}}, {500'000'000, 600, 0, {{"gpu", 1}}}));
  CHECK_FALSE(fits(offer, {500'000'000, 400, 0, {}}, {500'000'001, 0, 0, {}}));
  CHECK_FALSE(fits(offer, {0, 400, 0, {}}, {0, 601, 0, {}}));
  CHECK_FALSE(fits(offer, {0, 0, 0, {{"gpu", 1}}}, {0, 0, 0, {{"gpu", 2}}}));
  CHECK_FALSE(fits(offer, {}, {0, 0, 0, {{"fpga", 1}}}));
  CHECK(fits(offer, {9'000'000'000, 9000, 0, {}}, {}));  // who wants none takes none
  Node node;
  node.description.resources = offer;
  node.description.memory_controller = false;
  CHECK(offered(node).memory_bytes == 0);
  CHECK(offered(node).cpu_nano == offer.cpu_nano);
}

}  // namespace es::state
