// Whole nodes in the simulation: what clients and boards notice of elections, promotions and removals.

#include <string>

#include "tests/unit/node/swarm.h"

namespace es::sim {

TEST_CASE("after the leader was killed a write is accepted within a second or two, whoever is asked and whenever") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Cluster cluster({.seed = seed, .network = {}, .sync_time = milliseconds(1)});
    form(cluster, 3, 0);
    Board* dead = cluster.leader();
    cluster.kill_daemon(*dead);
    // A request every 20 ms: some reach the winner between its election and its first entry.
    int accepted = 0;
    int open = 0;
    const Instant killed_at = cluster.world().schedule.now();
    Instant first_accepted = kNever;
    for (int i = 0; i < 100; ++i) {
      Board& asked = cluster.board((dead->index() + 1 + static_cast<size_t>(i) % 2) % 3);
      ++open;
      asked.command(orchestrator::CreateService{service("s" + std::to_string(i))},
                    [&](const Result<orchestrator::CommandAnswer>& answer) {
                      --open;
                      if (!answer.ok()) return;
                      ++accepted;
                      first_accepted = earlier(first_accepted, cluster.world().schedule.now());
                    });
      cluster.run(milliseconds(20));
    }
    CHECK(cluster.run_until(seconds(2), [&] { return open == 0; }));  // nobody waits for an answer that never comes
    CHECK(accepted > 0);
    CHECK((first_accepted - killed_at).ms() < 1'500);
    CHECK(cluster.violation().empty());
  }
}

TEST_CASE("a worker is promoted and demoted, also when it leads by then") {
  Cluster cluster({.seed = 5, .network = {}, .sync_time = milliseconds(1)});
  form(cluster, 3, 1);
  Board& worker = *cluster.find("w4");
  REQUIRE(set_role(cluster, worker, NodeRole::kManager).ok());
  CHECK(cluster.run_until(seconds(20), [&] { return is_voter(cluster, worker); }));
  Board& leader = *cluster.leader();
  REQUIRE(set_role(cluster, leader, NodeRole::kWorker).ok());
  CHECK(cluster.run_until(seconds(20), [&] {
    return cluster.leader() != nullptr && cluster.leader() != &leader && leader.node()->tables() == nullptr;
  }));
  CHECK(cluster.command(orchestrator::CreateService{service("after")}).ok());
  CHECK(cluster.violation().empty());
}

TEST_CASE("a leader whose disk hangs without an error hands over, and writes go on") {
  Cluster cluster({.seed = 8, .network = {}, .sync_time = milliseconds(1)});
  form(cluster, 3, 0);
  Board& leader = *cluster.leader();
  leader.disk().stall(minutes(10));
  CHECK(cluster.command(orchestrator::CreateService{service("meanwhile")}).ok());
  CHECK(cluster.run_until(seconds(20), [&] { return cluster.leader() != nullptr && cluster.leader() != &leader; }));
  CHECK(cluster.command(orchestrator::CreateService{service("after")}).ok());
  cluster.run(minutes(1));
  CHECK(cluster.leader() != &leader);
  CHECK(cluster.violation().empty());
}

TEST_CASE("one of two managers whose disk hangs leads on: the other one cannot win without its vote") {
  Cluster cluster({.seed = 9, .network = {}, .sync_time = milliseconds(1)});
  form(cluster, 2, 0);
  Board& leader = *cluster.leader();
  leader.disk().stall(seconds(40));
  leader.command(orchestrator::CreateService{service("meanwhile")}, [](const Result<orchestrator::CommandAnswer>&) {});
  cluster.run(seconds(30));
  CHECK(cluster.leader() == &leader);
  cluster.run(seconds(15));
  CHECK(cluster.command(orchestrator::CreateService{service("after")}).ok());
  CHECK(cluster.violation().empty());
}

TEST_CASE("a demotion that would cost the quorum is refused") {
  Cluster cluster({.seed = 6, .network = {}, .sync_time = milliseconds(1)});
  form(cluster, 3, 0);
  Board& leader = *cluster.leader();
  Board& gone = cluster.board((leader.index() + 1) % 3);
  Board& other = cluster.board((leader.index() + 2) % 3);
  cluster.power_off(gone);
  cluster.run(seconds(3));
  const auto refused = set_role(cluster, other, NodeRole::kWorker);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("loss of quorum") != std::string::npos);
}

TEST_CASE("a removed node is out at once, and learns it also when it was away") {
  Cluster cluster({.seed = 7, .network = {}, .sync_time = milliseconds(1)});
  form(cluster, 3, 2);
  Board& here = *cluster.find("w4");
  Board& away = *cluster.find("w5");
  cluster.power_off(away);
  REQUIRE(cluster.command(orchestrator::RemoveNode{here.id(), true}).ok());
  REQUIRE(cluster.command(orchestrator::RemoveNode{away.id(), true}).ok());
  CHECK(cluster.run_until(seconds(5), [&] { return !here.is_up(); }));
  cluster.start(away);
  CHECK(cluster.run_until(seconds(10), [&] { return !away.is_up(); }));
  CHECK(cluster.tables()->rows<es::Node>().size() == 3);
}

}  // namespace es::sim
