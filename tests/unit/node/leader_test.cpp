// A leader alone with its replica, and a hand that writes into the log before it: so its parts are refused, as no leader's ever should be.

#include "core/node/leader.h"

#include <doctest.h>

#include <memory>
#include <string>

#include "core/wire/codec.h"

namespace es::node {

namespace {

constexpr NodeId kSelf{{1, 1}};
constexpr NodeId kWorker{{1, 2}};

ports::Loaded first_disk() {
  Cluster cluster;
  cluster.id = ClusterId{{9, 9}};
  cluster.next_raft_id = 2;
  es::Node self;
  self.id = kSelf;
  self.spec.role = NodeRole::kManager;
  self.certificate_role = NodeRole::kManager;
  self.manager = ManagerInfo{1};
  self.address = {"10.0.0.1", 2377};
  es::Node worker;
  worker.id = kWorker;
  worker.description.hostname = "w";
  Service service;
  service.id = ServiceId{{2, 1}};
  service.spec.name = "web";
  service.spec.mode.replicated = ReplicatedMode{1};
  Task task;
  task.id = TaskId{{3, 1}};
  task.service_id = service.id;
  task.slot = 1;
  task.node_id = kWorker;
  task.status.state = TaskState::kAssigned;
  task.desired_state = TaskState::kRunning;
  const ports::Batch batch =
      Replica::first_batch(1, state::Change{{kSelf, 1}, WallTime{1}, {cluster, self, worker, service, task}});
  ports::Loaded loaded;
  loaded.snapshot = batch.snapshot;
  loaded.hard_state = *batch.hard_state;
  return loaded;
}

struct Alone {
  Instant now{0};
  Prng prng{5};
  Effects out;
  WriteQueue writes;
  std::deque<Message> said;  // by the leader to its own node
  std::unique_ptr<Replica> replica;
  std::unique_ptr<Leader> leader;

  Alone() {
    auto started = Replica::start(1, 7, first_disk());
    REQUIRE(started.ok());
    replica = std::move(started).value();
    settle();
    REQUIRE(replica->leads());
    NodeLiveness liveness(kSelf);
    for (const NodeId node : {kSelf, kWorker}) liveness.admit(now, node);
    work([&](Step& step) { leader = std::make_unique<Leader>(step, *replica, std::move(liveness), 7946); });
    settle();
  }

  template <class Action>
  void work(Action action) {
    Step step{now, WallTime{1}, kSelf, prng, out, {}};
    action(step);
    for (Message& message : step.to_self) said.push_back(std::move(message));
  }
  void pump() {
    work([&](Step& step) {
      replica->tick(now);
      do {
        const ReplicaOutput output = replica->pump(step, writes);
        if (leader) leader->applied(step, output);
        if (leader) leader->advance(step);
      } while (replica->raft().has_output());
      writes.advance(step);
    });
  }
  // The disk answers at once.
  void settle() {
    for (bool again = true; again;) {
      pump();
      again = false;
      for (Effect& effect : std::exchange(out.list, {})) {
        if (auto* persist = std::get_if<Persist>(&effect)) {
          for (const WriteQueue::Done& done : writes.done(now, persist->id, {})) {
            for (const uint64_t batch : done.raft_batches) replica->write_done(batch, done.status);
          }
          again = true;
        } else if (auto* send = std::get_if<SendMessage>(&effect)) {
          said.push_back(std::move(send->message));
        }
      }
    }
  }
  void pass(Duration time) {
    now = now + time;
    settle();
  }

  // Somebody else's change of the worker, which the leader has not seen when it works out its next batch.
  void write_before_it(const std::string& label) {
    es::Node node = *replica->tables().node(kWorker);
    node.spec.labels[label] = "1";
    REQUIRE(replica->propose({{kSelf, 1}, WallTime{2}, {node}}).ok());
  }
  void ask(uint64_t request, orchestrator::Command command) {
    work([&](Step& step) { leader->command(step, kSelf, {request, std::move(command)}); });
  }
  template <class Kind>
  std::vector<Kind> take() {
    std::vector<Kind> found;
    std::erase_if(said, [&](const Message& message) {
      const auto* one = std::get_if<Kind>(&message.body);
      if (one != nullptr) found.push_back(*one);
      return one != nullptr;
    });
    return found;
  }
};

orchestrator::UpdateNode labelled(const Alone& alone, const std::string& label) {
  const auto node = alone.replica->tables().node(kWorker);
  NodeSpec spec = node->spec;
  spec.labels[label] = "1";
  return {kWorker, node->meta.version, spec};
}

}  // namespace

TEST_CASE("a command in a refused part is answered with the refusal, and nothing of it is done") {
  Alone alone;
  alone.write_before_it("first");
  alone.ask(1, labelled(alone, "second"));
  alone.ask(2, orchestrator::RemoveService{ServiceId{{8, 8}}});  // an error that rests on a draft which came to nothing
  alone.settle();
  const auto replies = alone.take<CommandReply>();
  REQUIRE(replies.size() == 2);
  CHECK(static_cast<Errc>(replies[0].error_code - 1) == Errc::kOutOfSequence);
  CHECK(static_cast<Errc>(replies[1].error_code - 1) == Errc::kUnavailable);
  CHECK_FALSE(alone.replica->tables().node(kWorker)->spec.labels.contains("second"));
  alone.ask(3, labelled(alone, "third"));
  alone.pass(kRefusalPause);
  const auto later = alone.take<CommandReply>();
  REQUIRE(later.size() == 1);
  CHECK(later[0].error_code == 0);
}

TEST_CASE("what nobody would say again is kept when its part is refused: reports and registrations") {
  Alone alone;
  wire::Register registration;
  registration.description.hostname = "renamed";
  alone.work([&](Step& step) { alone.leader->register_node(step, kWorker, registration); });
  const auto infos = alone.take<wire::SessionInfo>();
  REQUIRE(infos.size() <= 1);
  alone.write_before_it("first");
  alone.settle();
  CHECK(alone.replica->tables().node(kWorker)->description.hostname == "w");  // refused
  alone.pass(kRefusalPause);
  CHECK(alone.replica->tables().node(kWorker)->description.hostname == "renamed");
  alone.settle();

  const auto sessions = alone.take<wire::SessionInfo>();
  const uint64_t session = infos.empty() ? sessions.front().session : infos.front().session;
  wire::StatusReport report{session, 1, {{TaskId{{3, 1}}, {}}}};
  report.observations[0].status.state = TaskState::kRunning;
  report.observations[0].status.message = std::string(1'000'000, 'm');
  alone.work([&](Step& step) { alone.leader->report(step, kWorker, report); });
  // In one batch with a command whose part is refused.
  alone.write_before_it("second");
  alone.ask(1, labelled(alone, "third"));
  alone.settle();
  CHECK(alone.take<wire::StatusAck>().empty());
  // A second report of the same task meanwhile: what came last counts, and both are acknowledged.
  report.sequence = 2;
  report.observations[0].status.message = "started";
  alone.work([&](Step& step) { alone.leader->report(step, kWorker, report); });
  alone.pass(kRefusalPause);
  const auto acknowledged = alone.take<wire::StatusAck>();
  REQUIRE(acknowledged.size() == 1);
  CHECK(acknowledged[0].sequence == 2);
  const auto task = alone.replica->tables().task(TaskId{{3, 1}});
  CHECK(task->status.state == TaskState::kRunning);
  CHECK(task->status.message.size() <= kMaxObservedTextBytes);
}

TEST_CASE("a report whose predecessor never came counts for nothing: its acknowledgement would be one of both") {
  Alone alone;
  alone.work([&](Step& step) { alone.leader->register_node(step, kWorker, {}); });
  alone.settle();
  const auto sessions = alone.take<wire::SessionInfo>();
  REQUIRE(!sessions.empty());
  wire::StatusReport report{sessions.back().session, 2, {{TaskId{{3, 1}}, {}}}};
  report.observations[0].status.state = TaskState::kRunning;
  alone.work([&](Step& step) { alone.leader->report(step, kWorker, report); });
  alone.settle();
  CHECK(alone.take<wire::StatusAck>().empty());
  CHECK(alone.replica->tables().task(TaskId{{3, 1}})->status.state < TaskState::kRunning);
  // The agent hears of it at once, and opens its session anew.
  const auto states = alone.take<wire::SessionState>();
  REQUIRE(states.size() == 1);
  CHECK(states[0].reports_missing);
}

TEST_CASE("commands queue up to a bound of bytes") {
  Alone alone;
  alone.write_before_it("first");
  NodeSpec spec;
  spec.labels["large"] = std::string(1'300'000, 'x');
  const size_t fit = kMaxQueuedCommandBytes / 1'300'000;
  for (uint64_t i = 0; i < fit + 5; ++i) alone.ask(i, orchestrator::UpdateNode{kWorker, {}, spec});
  const auto replies = alone.take<CommandReply>();
  REQUIRE(replies.size() >= 5);
  CHECK(static_cast<Errc>(replies.back().error_code - 1) == Errc::kLimit);
}

TEST_CASE("a node that goes on finding other words for the same state of a task is written down now and then") {
  Alone alone;
  alone.work([&](Step& step) { alone.leader->register_node(step, kWorker, wire::Register{}); });
  alone.settle();
  const auto sessions = alone.take<wire::SessionInfo>();
  REQUIRE_FALSE(sessions.empty());
  const TaskId id{{3, 1}};
  wire::StatusReport report{sessions.back().session, 0, {{id, alone.replica->tables().task(id)->status}}};
  const auto reword = [&](const std::string& words) {
    ++report.sequence;
    report.observations[0].status.message = words;
    alone.work([&](Step& step) { REQUIRE(alone.leader->report(step, kWorker, report)); });
    alone.settle();
    const auto acks = alone.take<wire::StatusAck>();
    CHECK(acks.size() == 1);  // that a rewording is dropped is no reason to say it again
    return alone.replica->tables().task(id)->status.message == words;
  };
  int written = 0;
  for (int i = 0; i < kRewordingsAtOnce + 100; ++i) written += reword("words " + std::to_string(i));
  CHECK(written == kRewordingsAtOnce);
  alone.pass(kRewordingPause);
  CHECK(reword("after a pause"));
  CHECK_FALSE(reword("at once"));
  report.observations[0].status.state = TaskState::kRunning;
  CHECK(reword("another state"));
}

}  // namespace es::node
