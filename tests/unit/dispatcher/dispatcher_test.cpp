#include "core/dispatcher/dispatcher.h"

#include "core/base/prng.h"
#include "core/state/change.h"
#include "doctest/doctest.h"

namespace es::dispatcher {

namespace {

// Tables, and a dispatcher that hears of every change to them.
struct Fixture {
  state::Tables tables;
  Dispatcher dispatcher{3};
  Prng prng{1};
  uint64_t index = 0;
  NodeId board = NodeId::draw(prng);

  void apply(std::vector<state::Action> actions) {
    const state::Applied applied = tables.apply(++index, {{}, WallTime{5}, std::move(actions)});
    REQUIRE_FALSE(applied.refused);
    for (const state::Event& event : applied.events) dispatcher.notice(event);
  }
  Task assigned_task(NodeId node) {
    Task task;
    task.id = TaskId::draw(prng);
    task.slot = 1;
    task.node_id = node;
    task.desired_state = TaskState::kRunning;
    task.status.state = TaskState::kAssigned;
    return task;
  }
  // What one node is sent now; nothing: no message.
  std::vector<wire::Assignments> sent() {
    std::vector<wire::Assignments> all;
    for (Outgoing& out : dispatcher.flush(tables)) {
      CHECK(out.to == board);
      all.push_back(std::move(out.assignments));
    }
    return all;
  }
};

}  // namespace

TEST_CASE("a session begins with the complete set, and then tells what changed") {
  Fixture f;
  const Task first = f.assigned_task(f.board);
  f.apply({first, f.assigned_task(NodeId::draw(f.prng))});
  const uint64_t session = f.dispatcher.open(f.board);
  std::vector<wire::Assignments> sent = f.sent();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].session == session);
  CHECK(sent[0].sequence == 1);
  CHECK(sent[0].complete);
  REQUIRE(sent[0].put.size() == 1);
  CHECK(sent[0].put[0].id == first.id);
  CHECK(f.sent().empty());

  const Task second = f.assigned_task(f.board);
  f.apply({second});
  sent = f.sent();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].sequence == 2);
  CHECK_FALSE(sent[0].complete);
  REQUIRE(sent[0].put.size() == 1);
  CHECK(sent[0].put[0].id == second.id);
}

TEST_CASE("a task that is gone is named once") {
  Fixture f;
  const Task task = f.assigned_task(f.board);
  f.apply({task});
  f.dispatcher.open(f.board);
  CHECK(f.sent().size() == 1);
  f.apply({state::Removal{state::ObjectKind::kTask, state::ObjectId{task.id.bits}, {}}});
  const std::vector<wire::Assignments> sent = f.sent();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].removed == std::vector{task.id});
  CHECK(f.sent().empty());
}

TEST_CASE("what an agent reported itself needs no echo, what is desired of it does") {
  Fixture f;
  const Task task = f.assigned_task(f.board);
  f.apply({task});
  f.dispatcher.open(f.board);
  CHECK(f.sent().size() == 1);
  TaskStatus running;
  running.state = TaskState::kRunning;
  f.apply({state::TaskUpdate{task.id, std::nullopt, running, std::nullopt}});
  CHECK(f.sent().empty());
  f.apply({state::TaskUpdate{task.id, std::nullopt, std::nullopt, TaskState::kShutdown}});
  const std::vector<wire::Assignments> sent = f.sent();
  REQUIRE(sent.size() == 1);
  REQUIRE(sent[0].put.size() == 1);
  CHECK(sent[0].put[0].desired_state == TaskState::kShutdown);
}

TEST_CASE("only a node's newest session is current, and no number is given out twice") {
  Fixture f;
  const uint64_t first = f.dispatcher.open(f.board);
  CHECK((first >> 32) == 3);  // the leader's term
  CHECK(f.dispatcher.is_current(f.board, first));
  const uint64_t second = f.dispatcher.open(f.board);
  CHECK(second != first);
  CHECK(f.dispatcher.is_current(f.board, second));
  CHECK_FALSE(f.dispatcher.is_current(f.board, first));
  CHECK_FALSE(f.dispatcher.is_current(NodeId::draw(f.prng), second));
  f.dispatcher.close(f.board);
  CHECK_FALSE(f.dispatcher.is_current(f.board, second));
}

}  // namespace es::dispatcher
