// Who counts as alive: the table of core/node/node_liveness.h row by row, and whole clusters in which one of the two facts is missing.

#include <doctest.h>

#include <string>

#include "core/node/node_liveness.h"
#include "tests/unit/node/swarm.h"

namespace es::node {

namespace {

constexpr Instant kTermBegan{1'000'000'000'000};

Instant at(double second) { return kTermBegan + milliseconds(static_cast<int64_t>(second * 1'000)); }

NodeId node_id(uint64_t number) { return NodeId{{7, number}}; }

struct Row {
  const char* name;
  GossipFinding gossip;
  double gossip_since;   // seconds of the term; may be before it
  double heard;          // below 0: never
  double now;
  NodeState state;
};

}  // namespace

TEST_CASE("a node's state is the table's, for every pair of facts") {
  using enum GossipFinding;
  using enum NodeState;
  for (const Row& row : {
           Row{"both confirm", kAlive, -60, 100, 107.9, kReady},
           Row{"alive, the session is late", kAlive, -60, 100, 108, kDisconnected},
           Row{"alive, the session is silent", kAlive, -60, 100, 112, kDown},
           Row{"alive, no session yet", kAlive, -60, -1, 4.9, kUnknown},
           Row{"alive, no session in the grace", kAlive, -60, -1, 5, kDisconnected},
           Row{"alive, no session at all", kAlive, -60, -1, 12, kDown},
           Row{"the session alone keeps it ready", kUnheard, 0, 100, 107.9, kReady},
           Row{"the session alone is late", kUnheard, 0, 100, 108, kDisconnected},
           Row{"the session alone finds it down", kUnheard, 0, 100, 112, kDown},
           Row{"nobody has spoken of it yet", kUnheard, 0, -1, 4.9, kUnknown},
           Row{"nobody has spoken of it", kUnheard, 0, -1, 5, kDown},
           Row{"gossip found it dead", kDead, 103, 100, 104.4, kDisconnected},
           Row{"gossip found it dead a while ago", kDead, 103, 100, 104.5, kDown},
           Row{"gossip holds it dead, it contradicts", kDead, 90, 100, 107.9, kReady},
           Row{"it contradicted and went silent", kDead, 90, 100, 108, kDisconnected},
           Row{"it contradicted and died again", kDead, 90, 100, 112, kDown},
           Row{"dead before the term, no hello answered yet", kDead, -60, -1, 2.9, kDisconnected},
           Row{"dead before the term, hello not answered", kDead, -60, -1, 3, kDown},
           Row{"dead in the term, never heard", kDead, 4, -1, 5.4, kDisconnected},
           Row{"dead in the term, never heard, for a while", kDead, 4, -1, 5.5, kDown},
           Row{"left by gossip's word, its session is fresh", kLeft, 101, 100, 107.9, kDisconnected},
           Row{"left by gossip's word, its session is over", kLeft, 101, 100, 108, kDown},
           Row{"left by gossip's word, it contradicts", kLeft, 99, 100, 107.9, kReady},
       }) {
    CAPTURE(row.name);
    LifeFacts facts;
    facts.known_since = kTermBegan;
    facts.gossip = row.gossip;
    facts.gossip_since = at(row.gossip_since);
    if (row.heard >= 0) facts.heard = facts.session_since = at(row.heard);
    CHECK(judge(facts, at(row.now)) == row.state);
    // Nothing is missed by who looks only when next_judgement() says so.
    Instant looked = facts.heard ? *facts.heard : kTermBegan;
    NodeState seen = judge(facts, looked);
    for (Instant next = next_judgement(facts, looked); next <= at(row.now); next = next_judgement(facts, looked)) {
      looked = next;
      seen = judge(facts, looked);
    }
    CHECK(seen == row.state);
    facts.said_goodbye = true;
    CHECK(judge(facts, at(row.now)) == kDown);
  }
}

TEST_CASE("every belief expires: without news a node is down in the end, whatever was believed of it") {
  for (const GossipFinding gossip : {GossipFinding::kUnheard, GossipFinding::kAlive, GossipFinding::kDead, GossipFinding::kLeft}) {
    for (const double heard : {-1.0, 0.0, 30.0}) {
      CAPTURE(static_cast<int>(gossip));
      CAPTURE(heard);
      NodeLiveness liveness(node_id(1));
      liveness.admit(kTermBegan, node_id(2));
      liveness.gossip_says(node_id(2), gossip, at(20));
      if (heard >= 0) liveness.heard(at(heard), node_id(2));
      Instant now = at(heard < 0 ? 0 : heard);
      liveness.refresh(now);
      while (liveness.next_deadline() != kNever) liveness.refresh(now = liveness.next_deadline());
      CHECK(liveness.states().of(node_id(2)) == NodeState::kDown);
      CHECK(now <= at(30) + kSessionSilence);
      CHECK(liveness.states().of(node_id(1)) == NodeState::kReady);
    }
  }
}

TEST_CASE("a session that gossip does not confirm is told once, until it is confirmed") {
  NodeLiveness liveness(node_id(1));
  liveness.admit(kTermBegan, node_id(2));
  size_t told = 0;
  const auto listen = [&](double from, double to) {
    for (double second = from; second < to; second += 5) {
      liveness.heard(at(second), node_id(2));
      liveness.refresh(at(second));
      CHECK(liveness.states().of(node_id(2)) == NodeState::kReady);
      told += liveness.take_unconfirmed().size();
    }
  };
  listen(0, 60);
  CHECK(told == 1);
  CHECK(liveness.beliefs().back().doubt == wire::LivenessDoubt::kGossipSilent);
  CHECK(to_sentence(liveness.beliefs().back().doubt, 7946).find("UDP port 7946") != std::string::npos);
  liveness.gossip_says(node_id(2), GossipFinding::kAlive, at(60));
  listen(60, 90);
  CHECK(told == 1);
  CHECK(liveness.beliefs().back().doubt == wire::LivenessDoubt::kNone);
  liveness.gossip_says(node_id(2), GossipFinding::kDead, at(90));
  listen(91, 120);
  CHECK(told == 2);
}

TEST_CASE("a leader that stood still does not bury those whose words wait in its sockets") {
  NodeLiveness liveness(node_id(1));
  liveness.admit(kTermBegan, node_id(2));
  liveness.heard(at(0), node_id(2));
  liveness.refresh(at(0));
  REQUIRE(liveness.next_deadline() == at(0) + kSessionLate);
  liveness.refresh(at(60));
  CHECK(liveness.states().of(node_id(2)) == NodeState::kReady);
  liveness.heard(at(60.1), node_id(2));
  Instant now = at(60.1);
  while (liveness.next_deadline() != kNever) liveness.refresh(now = liveness.next_deadline());
  CHECK(now == at(60.1) + kSessionSilence);  // and is found down in time when nothing follows
}

}  // namespace es::node

namespace es::sim {

namespace {

bool everybody_sees(Cluster& cluster, const Board& board, NodeState state) {
  for (size_t i = 0; i < cluster.size(); ++i) {
    const Board& one = cluster.board(i);
    if (&one == &board || !one.is_up() || one.node()->tables() == nullptr) continue;
    if (one.node()->liveness(board.id()) != state) return false;
  }
  return true;
}

NetworkOptions no_datagrams() {
  NetworkOptions network;
  network.datagram_loss_per_mille = 1'000;
  return network;
}

}  // namespace

TEST_CASE("where UDP is blocked, the session alone keeps nodes ready and finds them down within 12 s; every manager says so") {
  Cluster cluster({.seed = 41, .network = no_datagrams(), .sync_time = milliseconds(1)});
  form(cluster, 3, 2);
  cluster.run(minutes(2));
  Board& worker = *cluster.find("w4");
  for (size_t i = 0; i < cluster.size(); ++i) {
    CAPTURE(i);
    CHECK(everybody_sees(cluster, cluster.board(i), NodeState::kReady));
    if (cluster.board(i).node()->tables() == nullptr) continue;
    CHECK(cluster.board(i).node()->liveness_message(worker.id()).find("UDP port 7946") != std::string::npos);
  }
  cluster.power_off(worker);
  CHECK(cluster.run_until(node::kSessionSilence + seconds(1), [&] { return everybody_sees(cluster, worker, NodeState::kDown); }));
  CHECK(everybody_sees(cluster, *cluster.find("w5"), NodeState::kReady));
  cluster.start(worker);
  CHECK(cluster.run_until(seconds(10), [&] { return everybody_sees(cluster, worker, NodeState::kReady); }));
}

TEST_CASE("a node that registers while gossip still holds it dead, and dies again, is down within the bound") {
  Cluster cluster({.seed = 42, .network = {}, .sync_time = milliseconds(1)});
  form(cluster, 1, 2);
  Board& worker = *cluster.find("w2");
  cluster.power_off(worker);
  REQUIRE(cluster.run_until(seconds(10), [&] { return everybody_sees(cluster, worker, NodeState::kDown); }));
  cluster.world().network.set_options(no_datagrams());
  cluster.start(worker);
  REQUIRE(cluster.run_until(seconds(10), [&] { return everybody_sees(cluster, worker, NodeState::kReady); }));
  cluster.power_off(worker);
  CHECK(cluster.run_until(node::kSessionSilence + seconds(1), [&] { return everybody_sees(cluster, worker, NodeState::kDown); }));
}

TEST_CASE("a new leader inherits no belief: who is gone is down, who is there is ready, with UDP and without") {
  for (const bool udp : {true, false}) {
    CAPTURE(udp);
    Cluster cluster({.seed = 43, .network = udp ? NetworkOptions{} : no_datagrams(), .sync_time = milliseconds(1)});
    form(cluster, 3, 3);
    Board& gone = *cluster.find("w6");
    Board& first = *cluster.leader();
    cluster.power_off(gone);
    cluster.power_off(first);
    CHECK(cluster.run_until(seconds(14), [&] {
      return cluster.leader() != nullptr && everybody_sees(cluster, gone, NodeState::kDown) &&
             everybody_sees(cluster, first, NodeState::kDown) && everybody_sees(cluster, *cluster.find("w4"), NodeState::kReady) &&
             everybody_sees(cluster, *cluster.find("w5"), NodeState::kReady);
    }));
    CHECK(cluster.violation().empty());
  }
}

TEST_CASE("a node that gossips but cannot reach the leader is not ready") {
  Cluster cluster({.seed = 44, .network = {}, .sync_time = milliseconds(1)});
  form(cluster, 1, 2);
  Board& worker = *cluster.find("w2");
  // Its gossip still goes through the other worker; its session does not.
  cluster.world().network.cut(worker.index(), cluster.leader()->index());
  cluster.world().network.cut(cluster.leader()->index(), worker.index());
  CHECK(cluster.run_until(node::kSessionSilence + seconds(6), [&] { return everybody_sees(cluster, worker, NodeState::kDown); }));
  cluster.run(minutes(1));
  CHECK(everybody_sees(cluster, worker, NodeState::kDown));
  cluster.heal();
  CHECK(cluster.run_until(seconds(15), [&] { return everybody_sees(cluster, worker, NodeState::kReady); }));
}

}  // namespace es::sim
