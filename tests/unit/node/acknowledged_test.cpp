// What was answered "ok" is there: commands larger than a batch, than the log, than any object may be; batches with a part that is refused;
// leaders that lead no more.

#include <algorithm>
#include <vector>

#include "tests/unit/node/swarm.h"

namespace es::sim {

namespace {

using orchestrator::CommandAnswer;
using orchestrator::CreateService;

// What clients asked for, and what they were told.
struct Clients {
  Cluster& cluster;
  int open = 0;
  std::vector<std::string> acknowledged{};
  std::vector<Error> errors{};

  void ask(Board& board, orchestrator::Command command, const std::string& name) {
    ++open;
    board.command(std::move(command), [this, name](const Result<CommandAnswer>& answer) {
      --open;
      if (answer.ok()) acknowledged.push_back(name);
      else errors.push_back(answer.error());
    });
  }
  void create(Board& board, const std::string& name, size_t padding) {
    ask(board, CreateService{service(name, padding)}, name);
  }
  bool all_answered(Duration within) {
    return cluster.run_until(within, [&] { return open == 0; });
  }
  size_t lost() const {
    return static_cast<size_t>(std::count_if(acknowledged.begin(), acknowledged.end(), [&](const std::string& name) {
      return cluster.tables()->service_by_name(name) == nullptr;
    }));
  }
};

}  // namespace

TEST_CASE("every service that was acknowledged is there, also when they are larger than the log together") {
  Cluster cluster({.seed = 11, .network = {}, .sync_time = milliseconds(20)});
  form(cluster, 3, 0);
  Clients clients{cluster};
  // On all managers: what comes from followers travels first.
  for (size_t i = 0; i < 40; ++i) clients.create(cluster.board(i % 3), "big" + std::to_string(i), 500'000);
  CHECK(clients.all_answered(seconds(60)));
  CHECK(clients.errors.empty());
  CHECK(clients.acknowledged.size() == 40);
  CHECK(clients.lost() == 0);
  cluster.kill_daemon(*cluster.leader());
  CHECK(cluster.run_until(seconds(10), [&] { return cluster.leader() != nullptr; }));
  CHECK(clients.lost() == 0);
  CHECK(cluster.violation().empty());
}

TEST_CASE("a manager alone with a slow disk takes more than its log holds") {
  Cluster cluster({.seed = 15, .network = {}, .sync_time = milliseconds(150)});
  form(cluster, 1, 1);
  Clients clients{cluster};
  for (int i = 0; i < 40; ++i) clients.create(cluster.board(0), "big" + std::to_string(i), 500'000);
  CHECK(clients.all_answered(seconds(60)));
  CHECK(clients.acknowledged.size() == 40);
  CHECK(clients.lost() == 0);
  CHECK(cluster.run_until(seconds(5), [&] { return cluster.board(0).node()->replica()->has_room(); }));
}

TEST_CASE("an object that can never fit is refused alone, with its name, size and bound") {
  Cluster cluster({.seed = 12, .network = {}, .sync_time = milliseconds(20)});
  form(cluster, 3, 3);
  for (Board* asked : {cluster.leader(), &cluster.board((cluster.leader()->index() + 1) % 3)}) {
    Clients clients{cluster};
    clients.create(*asked, "first" + asked->name(), 0);  // a batch is under way: the others gather
    const auto huge = update_of(cluster, *cluster.find("w4"),
                                [](NodeSpec& spec) { spec.labels["huge"] = std::string(3'000'000, 'h'); });
    clients.ask(*asked, huge, "huge");
    const auto many = update_of(cluster, *cluster.find("w5"), [](NodeSpec& spec) {
      for (int i = 0; i < 70'000; ++i) spec.labels["l" + std::to_string(i)] = "1";
    });
    clients.ask(*asked, many, "many");
    clients.ask(*asked, update_of(cluster, *cluster.find("w6"), [](NodeSpec& spec) { spec.labels["tiny"] += "1"; }), "tiny");
    for (int i = 0; i < 5; ++i) clients.create(*asked, "after" + std::to_string(i) + asked->name(), 0);
    CHECK(clients.all_answered(seconds(20)));
    CHECK(clients.acknowledged.size() == 7);
    REQUIRE(clients.errors.size() == 2);
    for (const Error& error : clients.errors) CHECK(error.code == Errc::kInvalid);
    CHECK(clients.errors[0].message.starts_with("node " + cluster.find("w4")->id().to_string() + " would have 30000"));
    CHECK(clients.errors[0].message.ends_with(" bytes; at most 1400000 are possible"));
    CHECK(clients.errors[1].message == "node " + cluster.find("w5")->id().to_string() +
                                           " has a list with more than 65536 elements");
    std::erase(clients.acknowledged, "tiny");
    CHECK(clients.lost() == 0);
    CHECK(cluster.tables()->node(cluster.find("w6")->id())->spec.labels.at("tiny").size() ==
          (asked == cluster.leader() ? 1 : 2));
  }
  CHECK(cluster.violation().empty());
}

TEST_CASE("a service with tasks for many changes is acknowledged when it is there, and its tasks follow") {
  Cluster cluster({.seed = 14, .network = {}, .sync_time = milliseconds(5)});
  form(cluster, 3, 2);
  ServiceSpec wide = service("wide");
  wide.mode.replicated = ReplicatedMode{700};
  REQUIRE(cluster.command(CreateService{wide}).ok());
  const auto made = cluster.tables()->service_by_name("wide");
  REQUIRE(made != nullptr);
  CHECK(cluster.run_until(seconds(5), [&] { return cluster.tables()->tasks_of_service(made->id).size() == 700; }));
}

TEST_CASE("what agents report reaches the tables in the end, whatever is refused beside it") {
  Cluster cluster({.seed = 21, .network = {}, .sync_time = milliseconds(2)});
  form(cluster, 1, 2);
  Board& leader = *cluster.leader();
  ServiceSpec spec = service("s");
  spec.mode.replicated = ReplicatedMode{10};
  REQUIRE(cluster.command(CreateService{spec}).ok());
  Board& labelled = *cluster.find("w2");
  for (int i = 0; i < 200; ++i) {
    leader.command(update_of(cluster, labelled, [](NodeSpec& node) { node.labels["huge"] = std::string(2'000'000, 'h'); }),
                   [](const auto&) {});
    cluster.world().schedule.run_until(cluster.world().schedule.now() + milliseconds(1));
  }
  const auto observed = [&] {
    size_t running = 0;
    for (const auto& [id, task] : cluster.tables()->rows<Task>()) running += task->status.state == TaskState::kRunning;
    return running;
  };
  CHECK(cluster.run_until(seconds(10), [&] { return observed() == 10; }));
}

TEST_CASE("a leader that was replaced acknowledges nothing: no write, no no-op, no error") {
  int tried = 0;
  for (uint64_t seed = 1; seed <= 60 && tried < 3; ++seed) {
    CAPTURE(seed);
    Cluster cluster({.seed = seed, .network = {}, .sync_time = milliseconds(1)});
    form(cluster, 3, 1);
    Board& old = *cluster.leader();
    Board& worker = *cluster.find("w4");
    cluster.cut(old);
    Board* fresh = nullptr;
    const bool both = cluster.run_until(seconds(3), [&] {
      Board* leader = cluster.leader();
      if (leader != &old) fresh = leader;
      return fresh != nullptr;
    });
    if (!both || !old.node()->leads()) continue;
    // The new leader drains the worker, removes nothing else; the old one believes that it is active, and that "web" is no name.
    const auto known = old.node()->tables()->node(worker.id());
    bool drained = false;
    fresh->command(update_of(cluster, worker, [](NodeSpec& spec) { spec.availability = NodeAvailability::kDrain; }),
                   [&](const auto& answer) { drained = answer.ok(); });
    if (!cluster.run_until(milliseconds(300), [&] { return drained; }) || !old.node()->leads()) continue;
    ++tried;
    Clients clients{cluster};
    clients.ask(old, orchestrator::UpdateNode{worker.id(), known->meta.version, known->spec}, "no-op");
    clients.ask(old, orchestrator::RemoveService{ServiceId{{1, 1}}}, "not found");
    CHECK(clients.all_answered(seconds(20)));
    CHECK(clients.acknowledged.empty());
    for (const Error& error : clients.errors) CHECK(error.code == Errc::kUnavailable);
  }
  CHECK(tried == 3);
}

TEST_CASE("answers of which nothing is written come at once from a leader that leads, many of them together") {
  Cluster cluster({.seed = 3, .network = {}, .sync_time = milliseconds(1)});
  form(cluster, 3, 1);
  Clients clients{cluster};
  const Instant from = cluster.world().schedule.now();
  for (int i = 0; i < 50; ++i) {
    clients.ask(*cluster.leader(), update_of(cluster, *cluster.find("w4"), [](NodeSpec&) {}), "no-op");
    clients.ask(*cluster.leader(), orchestrator::RemoveService{ServiceId{{1, 1}}}, "not found");
  }
  CHECK(clients.all_answered(seconds(2)));
  CHECK((cluster.world().schedule.now() - from).ms() < 100);
  CHECK(clients.acknowledged.size() == 50);
  for (const Error& error : clients.errors) CHECK(error.code == Errc::kNotFound);
}

}  // namespace es::sim
