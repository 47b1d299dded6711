#include "core/state/tables.h"

#include <algorithm>

#include "core/base/prng.h"
#include "core/state/bounds.h"
#include "core/state/draft.h"
#include "core/wire/codec.h"
#include "doctest.h"

namespace es::state {

namespace {

struct Fixture {
  Tables tables;
  Prng prng{1};
  uint64_t index = 0;

  Applied apply(std::vector<Action> actions, int64_t at_ns = 5) {
    return tables.apply(++index, Change{{}, WallTime{at_ns}, std::move(actions)});
  }
  Service service(const std::string& name) {
    Service made;
    made.id = ServiceId::draw(prng);
    made.spec.name = name;
    made.spec.task.container.image = "v1";
    made.spec.mode.replicated.emplace();
    return made;
  }
  Task task_of(const Service& owner, uint64_t slot) {
    Task made;
    made.id = TaskId::draw(prng);
    made.service_id = owner.id;
    made.slot = slot;
    made.spec = owner.spec.task;
    made.status.state = TaskState::kPending;
    made.desired_state = TaskState::kRunning;
    return made;
  }
  Node node(const std::string& name) {
    Node made;
    made.id = NodeId::draw(prng);
    made.spec.name = name;
    return made;
  }
};

TaskUpdate status_update(TaskId id, TaskState state) {
  return {id, std::nullopt,
          TaskStatus{.timestamp = {}, .state = state, .message = {}, .err = {}, .container = {}},
          std::nullopt};
}

}  // namespace

TEST_CASE("apply sets versions and times, keeps those of creation, and tells what changed") {
  Fixture f;
  const Service web = f.service("web");
  const Applied made = f.apply({web}, 100);
  REQUIRE_FALSE(made.refused);
  REQUIRE(made.events.size() == 1);
  CHECK(std::get<Altered<Service>>(made.events[0]).created());
  Service changed = *f.tables.service(web.id);
  CHECK(changed.meta.version.index == 1);
  CHECK(changed.meta.created_index == 1);
  changed.spec.labels["a"] = "b";
  const Applied updated = f.apply({changed}, 50);
  const auto& event = std::get<Altered<Service>>(updated.events.at(0));
  CHECK(event.before->spec.labels.empty());
  CHECK(event.after->meta == Meta{{2}, WallTime{100}, WallTime{50}, 1});
}

TEST_CASE("a change is applied as a whole or not at all") {
  Fixture f;
  const Service web = f.service("web");
  const Service db = f.service("db");
  f.apply({web});
  const std::string before = f.tables.snapshot();
  struct Case {
    const char* name;
    Errc code;
    Action second;
  };
  Service stale = web;
  stale.meta.version.index = 7;
  Service same_id = web;
  same_id.spec.name = "other";
  const Case cases[] = {
      {"stale version", Errc::kOutOfSequence, stale},
      {"the id exists", Errc::kConflict, same_id},
      {"the name is taken", Errc::kConflict, f.service("web")},
      {"the name is taken by the same change", Errc::kConflict, f.service("db")},
      {"stale removal", Errc::kOutOfSequence,
       Removal{ObjectKind::kService, ObjectId{web.id.bits}, {9}}},
      {"a task of no service", Errc::kOutOfSequence, TaskOfService{f.task_of(f.service("x"), 1)}},
      {"removal of the cluster", Errc::kUnsupported,
       Removal{ObjectKind::kCluster, ObjectId{{1, 1}}, {}}},
      {"removal of an unknown kind", Errc::kUnsupported,
       Removal{static_cast<ObjectKind>(9), {}, {}}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const Applied applied = f.apply({db, one.second});
    REQUIRE(applied.refused);
    CHECK(applied.refused->code == one.code);
    CHECK(applied.events.empty());
    CHECK(f.tables.service_by_name("db") == nullptr);
  }
  Tables expected;
  REQUIRE(expected.restore(before).ok());
  CHECK(f.tables.rows<Service>().size() == expected.rows<Service>().size());
  CHECK(f.tables.index() == f.index);
}

TEST_CASE("too many actions are refused") {
  Fixture f;
  std::vector<Action> actions;
  for (size_t i = 0; i <= kMaxChangeActions; ++i) actions.emplace_back(f.node(""));
  CHECK(f.apply(actions).refused->code == Errc::kLimit);
  actions.pop_back();
  CHECK_FALSE(f.apply(actions).refused);
}

TEST_CASE("a name passes from a removed service to a new one in one change") {
  Fixture f;
  for (int i = 0; i < 20; ++i) {  // whichever of the two ids is lower
    const Service old_web = f.service("web");
    f.apply({old_web});
    const Service new_web = f.service("web");
    Draft draft(f.tables);
    draft.remove(old_web.id);
    draft.put(new_web);
    REQUIRE_FALSE(f.apply(draft.take_actions()).refused);
    REQUIRE(f.tables.service_by_name("web"));
    CHECK(f.tables.service_by_name("web")->id == new_web.id);
    f.apply({Removal{ObjectKind::kService, ObjectId{new_web.id.bits}, {}}});
  }
}

TEST_CASE("node names are unique, and a node may have none") {
  Fixture f;
  CHECK_FALSE(f.apply({f.node("front"), f.node(""), f.node("")}).refused);
  CHECK(f.apply({f.node("front")}).refused->code == Errc::kConflict);
}

TEST_CASE(
    "what was observed of a task never goes back, nor what is desired, and its node is set once") {
  Fixture f;
  const Service web = f.service("web");
  const Task task = f.task_of(web, 1);
  const NodeId node = NodeId::draw(f.prng);
  f.apply({web, task});
  f.apply({TaskUpdate{task.id, node, std::nullopt, TaskState::kShutdown},
           status_update(task.id, TaskState::kRunning)});
  const std::string before = wire::encode(*f.tables.task(task.id));
  const Applied nothing = f.apply({
      status_update(task.id, TaskState::kAssigned),
      TaskUpdate{task.id, NodeId::draw(f.prng), std::nullopt, TaskState::kRunning},
      status_update(TaskId::draw(f.prng), TaskState::kRunning),
  });
  CHECK_FALSE(nothing.refused);
  CHECK(nothing.events.empty());
  CHECK(wire::encode(*f.tables.task(task.id)) == before);
  // In a full put too.
  Task back = *f.tables.task(task.id);
  back.status.state = TaskState::kPending;
  back.desired_state = TaskState::kRunning;
  back.attempt = 3;
  CHECK_FALSE(f.apply({back}).refused);
  CHECK(f.tables.task(task.id)->attempt == 3);
  CHECK(f.tables.task(task.id)->status.state == TaskState::kRunning);
  CHECK(f.tables.task(task.id)->desired_state == TaskState::kShutdown);
}

TEST_CASE("the indexes follow every change") {
  Fixture f;
  const Service web = f.service("web");
  const Task one = f.task_of(web, 2);
  const Task two = f.task_of(web, 1);
  const NodeId node = NodeId::draw(f.prng);
  f.apply({web, TaskOfService{one}, TaskOfService{two}});
  const auto of_service = f.tables.tasks_of_service(web.id);
  REQUIRE(of_service.size() == 2);
  CHECK(of_service[0]->id == two.id);
  CHECK(of_service[0]->spec == web.spec.task);
  CHECK(f.tables.tasks_of_slot(web.id, 2).at(0)->id == one.id);
  CHECK(f.tables.tasks_of_node(node).empty());
  f.apply({TaskUpdate{one.id, node, std::nullopt, std::nullopt}});
  CHECK(f.tables.tasks_of_node(node).at(0)->id == one.id);
  f.apply({Removal{ObjectKind::kTask, ObjectId{one.id.bits}, {}}});
  CHECK(f.tables.tasks_of_node(node).empty());
  CHECK(f.tables.tasks_of_service(web.id).size() == 1);
}

TEST_CASE("a new task must be of the spec that its service has when it is applied") {
  Fixture f;
  const Service web = f.service("web");
  f.apply({web});
  Task task = f.task_of(web, 1);
  task.spec_version.index = 1;
  CHECK(f.apply({TaskOfService{task}}).refused->code == Errc::kOutOfSequence);
}

TEST_CASE("a snapshot gives the same bytes for the same state, on whichever way it came about") {
  Fixture f;
  Cluster cluster;
  cluster.id = ClusterId::draw(f.prng);
  const Service web = f.service("web");
  Task odd = f.task_of(web, 3);
  odd.spec.container.image = "v0";  // of an earlier spec
  const Task even = f.task_of(web, 1);
  f.apply({cluster, f.node("n1"), web, odd, TaskOfService{even}});
  f.apply({status_update(even.id, TaskState::kFailed)});
  const std::string bytes = f.tables.snapshot();
  Tables restored;
  REQUIRE(restored.restore(bytes).ok());
  CHECK(restored.snapshot() == bytes);
  CHECK(restored.index() == f.index);
  CHECK(restored.tasks_of_service(web.id).size() == 2);
  CHECK(restored.task(odd.id)->spec.container.image == "v0");
  CHECK(restored.service_by_name("web")->id == web.id);
  const Change next{{}, WallTime{9}, {status_update(odd.id, TaskState::kRunning)}};
  f.tables.apply(10, next);
  restored.apply(10, next);
  CHECK(restored.snapshot() == f.tables.snapshot());
}

TEST_CASE("a snapshot holds a specification once, whichever version of the service its tasks are of") {
  Fixture f;
  Service web = f.service("web");
  web.spec.task.container.labels["large"] = std::string(10'000, 'x');
  f.apply({web});
  const auto add_tasks = [&] {
    const auto service = f.tables.service(web.id);
    for (uint64_t slot = 1; slot <= 50; ++slot) f.apply({TaskOfService{f.task_of(*service, slot)}});
  };
  add_tasks();
  for (const char* image : {"v2", "v3"}) {
    Service next = *f.tables.service(web.id);
    next.spec_version = next.meta.version;
    next.spec.task.container.image = image;
    f.apply({next});
    add_tasks();
  }
  CHECK(f.tables.snapshot().size() < 3 * 10'500 + 150 * 150);
  const auto check_restored = [&] {
    const std::string bytes = f.tables.snapshot();
    Tables restored;
    REQUIRE(restored.restore(bytes).ok());
    CHECK(restored.snapshot() == bytes);
    for (const auto& [id, task] : f.tables.rows<Task>()) CHECK(*restored.task(id) == *task);
  };
  check_restored();
  // Also of a service that is gone.
  f.apply({Removal{ObjectKind::kService, ObjectId{web.id.bits}, {}}});
  CHECK(f.tables.snapshot().size() < 3 * 10'500 + 150 * 150);
  check_restored();
}

TEST_CASE("a snapshot holds a specification once although scaling gives each task another version of it") {
  Fixture f;
  Service web = f.service("web");
  web.spec.task.container.labels["large"] = std::string(10'000, 'x');
  f.apply({web});
  for (uint64_t slot = 1; slot <= 50; ++slot) {
    Service scaled = *f.tables.service(web.id);
    scaled.spec_version = scaled.meta.version;
    scaled.spec.mode.replicated->replicas = slot;
    f.apply({scaled});
    f.apply({TaskOfService{f.task_of(*f.tables.service(web.id), slot)}});
  }
  Service next = *f.tables.service(web.id);
  next.spec_version = next.meta.version;
  next.spec.task.container.image = "v2";
  f.apply({next});
  const std::string bytes = f.tables.snapshot();
  CHECK(bytes.size() < 3 * 10'500 + 50 * 150);
  Tables restored;
  REQUIRE(restored.restore(bytes).ok());
  CHECK(restored.snapshot() == bytes);
  for (const auto& [id, task] : f.tables.rows<Task>()) CHECK(*restored.task(id) == *task);
}

TEST_CASE("a snapshot of a newer version, which has tables that this one does not know, is not taken") {
  Fixture f;
  f.apply({f.service("web")});
  Tables restored;
  for (const auto type : {wire::WireType::kBytes, wire::WireType::kVarint}) {
    wire::Writer out;
    out.raw(f.tables.snapshot());
    out.tag(99, type);
    out.varint(0);
    CHECK_FALSE(restored.restore(std::move(out).take()).ok());
  }
  CHECK(restored.rows<Service>().empty());
}

TEST_CASE("a snapshot that is damaged changes nothing") {
  Fixture f;
  const Service web = f.service("web");
  f.apply({web, TaskOfService{f.task_of(web, 1)}});
  const std::string bytes = f.tables.snapshot();
  for (size_t length = 0; length < bytes.size(); ++length) {
    Tables other;
    const Status status = other.restore(bytes.substr(0, length));
    if (!status.ok()) CHECK(other.rows<Service>().empty());
  }
  Prng noise(3);
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = bytes;
    damaged[noise.below(damaged.size())] ^= static_cast<char>(1 << noise.below(8));
    Tables other;
    const Status status = other.restore(damaged);
    CHECK((status.ok() || status.error().code == Errc::kCorrupt));
  }
}

TEST_CASE("the time floor rises with what leaders stamp and never falls") {
  Fixture f;
  Cluster cluster;
  cluster.id = ClusterId::draw(f.prng);
  f.apply({cluster}, 100);
  CHECK(f.tables.cluster()->time_floor == WallTime{100});
  f.apply({f.node("n1")}, 300);
  f.apply({f.node("n2")}, 200);
  CHECK(f.tables.cluster()->time_floor == WallTime{300});
  CHECK(f.tables.cluster()->meta.version.index == 1);
}

TEST_CASE("split keeps the order and both bounds") {
  Fixture f;
  std::vector<Action> actions;
  for (int i = 0; i < 7; ++i) actions.emplace_back(f.node(std::string(100, 'a')));
  const auto by_count = split(actions, 3, 1'000'000);
  REQUIRE(by_count.size() == 3);
  CHECK(by_count[2].size() == 1);
  std::vector<Action> joined;
  for (const auto& run : split(actions, 100, 300)) {
    CHECK(run.size() <= 2);
    joined.insert(joined.end(), run.begin(), run.end());
  }
  CHECK(joined == actions);
  CHECK(split(actions, 100, 1).size() == 7);
  CHECK(split({}).empty());
}

namespace {

// A change of tasks of one service, with slots from `first`.
Change tasks_from(const Service& service, uint64_t first, size_t count) {
  Change change{{}, WallTime{5}, {}};
  for (uint64_t slot = first; slot < first + count; ++slot) {
    Task made;
    made.id = TaskId{{7, slot}};
    made.service_id = service.id;
    made.slot = slot;
    made.spec_version = service.spec_version;
    change.actions.emplace_back(TaskOfService{made});
  }
  return change;
}

// As a snapshot's last field.
struct MoreTasks {
  std::vector<TaskOfService> tasks;
  static constexpr auto fields() { return std::tuple{field(6, "TasksOfServices", &MoreTasks::tasks)}; }
};

// With `count` tasks of one service.
void fill(Tables& tables, size_t count) {
  Service service;
  service.id = ServiceId{{1, 1}};
  service.spec.name = "s";
  service.spec.task.container.image = "v1";
  service.spec.mode.replicated.emplace();
  REQUIRE_FALSE(tables.apply(1, Change{{}, WallTime{5}, {service}}).refused);
  const auto stored = tables.service(service.id);
  for (size_t made = 0; made < count; made += kMaxChangeActions) {
    const size_t more = std::min(kMaxChangeActions, count - made);
    REQUIRE_FALSE(tables.apply(tables.index() + 1, tasks_from(*stored, made + 1, more)).refused);
  }
}

}  // namespace

TEST_CASE("tables are filled up to their bound and no further, and what they hold can be restored") {
  Tables tables;
  fill(tables, kMaxRows - 100);
  const auto service = tables.service(ServiceId{{1, 1}});
  // One too many in the middle of a change: nothing of it is done.
  const std::string before = tables.snapshot();
  const Applied refused = tables.apply(tables.index() + 1, tasks_from(*service, 100'001, 101));
  REQUIRE(refused.refused.has_value());
  CHECK(refused.refused->code == Errc::kLimit);
  CHECK(tables.rows<Task>().size() == kMaxRows - 100);
  CHECK_FALSE(tables.apply(tables.index() + 1, tasks_from(*service, 100'001, 100)).refused);
  CHECK(tables.rows<Task>().size() == kMaxRows);
  // What a change removes makes room within it.
  Change swap = tasks_from(*service, 200'001, 1);
  swap.actions.insert(swap.actions.begin(), Removal{ObjectKind::kTask, ObjectId{{7, 1}}, {}});
  CHECK_FALSE(tables.apply(tables.index() + 1, swap).refused);
  Tables again;
  CHECK(again.restore(tables.snapshot()).ok());
  CHECK(again.snapshot() == tables.snapshot());
}

TEST_CASE("a snapshot past the bound, of an older version, is loaded and may only shrink") {
  Tables tables;
  fill(tables, kMaxRows);
  // Nothing makes such tables any more: the snapshot of two is put together.
  MoreTasks more;
  for (const Action& action : tasks_from(*tables.service(ServiceId{{1, 1}}), 300'001, 150).actions) {
    more.tasks.push_back(std::get<TaskOfService>(action));
  }
  Tables over;
  REQUIRE(over.restore(tables.snapshot() + wire::encode(more)).ok());
  CHECK(over.rows<Task>().size() == kMaxRows + 150);
  const auto service = over.service(ServiceId{{1, 1}});
  CHECK(over.apply(over.index() + 1, tasks_from(*service, 400'001, 1)).refused.has_value());
  TaskUpdate update;
  update.id = TaskId{{7, 1}};
  update.desired_state = TaskState::kRunning;
  CHECK_FALSE(over.apply(over.index() + 1, Change{{}, {}, {update}}).refused);
  CHECK_FALSE(over.apply(over.index() + 1, Change{{}, {}, {Removal{ObjectKind::kTask, ObjectId{{7, 1}}, {}}}}).refused);
  Tables again;
  CHECK(again.restore(over.snapshot()).ok());
}

}  // namespace es::state
