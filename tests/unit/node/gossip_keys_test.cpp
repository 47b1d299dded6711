// Gossip's keys: they change when a node that knows them is removed, and by age, and nobody is deaf in between.

#include <doctest.h>

#include <algorithm>
#include <string>

#include "core/node/gossip_keys.h"
#include "tests/sim/cluster.h"

namespace es::node {

namespace {

struct Rotation {
  Prng prng{1};
  Effects effects;
  Cluster cluster;
  WallTime wall{1'700'000'000'000'000'000};
  Instant now{0};
  int drawn = 0;

  // Runs until nothing is due before `end`; draws secrets as they are asked for.
  void run(GossipKeys& keys, Instant end) {
    while (keys.next_deadline() <= end) {
      now = std::max(now, keys.next_deadline());
      Step step{now, wall + (now - Instant{0}), NodeId{{1, 1}}, prng, effects, {}};
      keys.work(step, cluster);
      const bool asked = !effects.list.empty();
      effects.list.clear();
      if (asked) keys.secret_drawn(now, "secret " + std::to_string(++drawn));
    }
    now = std::max(now, end);
  }
};

}  // namespace

TEST_CASE("a key is introduced, seals after everybody opens it, and the old one is dropped") {
  Rotation rotation;
  rotation.cluster.gossip_keys = {"old"};
  rotation.cluster.gossip_keys_known = true;  // somebody was removed
  GossipKeys keys(rotation.now, rotation.wall, rotation.cluster);
  rotation.run(keys, Instant{0});
  CHECK(rotation.cluster.gossip_keys == std::vector<std::string>{"old", "secret 1"});
  CHECK_FALSE(rotation.cluster.gossip_keys_known);
  rotation.run(keys, Instant{0} + kKeySpread - milliseconds(1));
  CHECK(rotation.cluster.gossip_keys.front() == "old");
  // A new leader goes on where the old one stopped.
  GossipKeys next(rotation.now, rotation.wall, rotation.cluster);
  rotation.run(next, rotation.now + kKeySpread);
  CHECK(rotation.cluster.gossip_keys == std::vector<std::string>{"secret 1", "old"});
  // Removed while a rotation is under way: it knows both, so another follows.
  rotation.cluster.gossip_keys_known = true;
  rotation.run(next, rotation.now + kKeySpread);
  CHECK(rotation.cluster.gossip_keys == std::vector<std::string>{"secret 1", "secret 2"});
  rotation.run(next, rotation.now + kKeySpread * 2);
  CHECK(rotation.cluster.gossip_keys == std::vector<std::string>{"secret 2"});
  CHECK(rotation.cluster.gossip_key_step == GossipKeyStep::kSteady);
}

TEST_CASE("a key has an age, by the cluster's time, and a clock at 1970 rotates nothing early") {
  Rotation rotation;
  rotation.cluster.gossip_keys = {"old"};
  rotation.cluster.gossip_key_since = rotation.wall;
  rotation.cluster.time_floor = rotation.wall;
  GossipKeys keys(rotation.now, rotation.wall, rotation.cluster);
  CHECK(keys.next_deadline() == Instant{0} + kKeyAge);
  CHECK(GossipKeys(rotation.now, rotation.wall + hours(24), rotation.cluster).next_deadline() == Instant{0} + kKeyAge - hours(24));
  CHECK(GossipKeys(rotation.now, WallTime{}, rotation.cluster).next_deadline() == Instant{0} + kKeyAge);
  rotation.run(keys, Instant{0} + kKeyAge + kKeySpread * 2);
  CHECK(rotation.cluster.gossip_keys == std::vector<std::string>{"secret 1"});
  CHECK(keys.next_deadline() >= rotation.now + kKeyAge - kKeySpread);
}

}  // namespace es::node

namespace es::sim {

TEST_CASE("after a removal the keys are others on every node, nobody was deaf meanwhile, and a leader may fall in between") {
  for (const bool leader_falls : {false, true}) {
    CAPTURE(leader_falls);
    Cluster cluster({.seed = 61, .network = {}, .sync_time = milliseconds(1)});
    for (int i = 0; i < 6; ++i) {
      NodeDescription description;
      description.platform = {"arm64", "linux", "v8"};
      description.resources.memory_bytes = 1 << 30;
      cluster.add((i < 3 ? "m" : "w") + std::to_string(i + 1), description, i < 3 ? NodeRole::kManager : NodeRole::kWorker);
      cluster.run(seconds(1));
    }
    cluster.run(seconds(10));
    Board& removed = *cluster.find("w6");
    const std::string old = removed.node()->membership().gossip_keys.front();
    cluster.power_off(removed);
    REQUIRE(cluster.command(orchestrator::RemoveNode{removed.id(), true}).ok());
    Board* fallen = nullptr;
    if (leader_falls) {
      cluster.run(seconds(3));
      fallen = cluster.leader();
      cluster.kill_daemon(*fallen);
    }
    const auto forgot = [&] {
      for (size_t i = 0; i < 5; ++i) {
        const Board& board = cluster.board(i);
        if (!board.is_up()) continue;
        const auto& keys = board.node()->membership().gossip_keys;
        if (keys.size() != 1 || keys.front() == old) return false;
      }
      return true;
    };
    const Instant end = cluster.world().schedule.now() + seconds(60);
    while (!forgot() && cluster.world().schedule.now() < end) {
      cluster.run(milliseconds(100));
      if (leader_falls) continue;
      for (size_t i = 0; i < 5; ++i) {
        for (const auto& [id, member] : cluster.board(i).node()->gossip().members()) {
          if (id != removed.id()) CHECK(member.record.live());
        }
      }
    }
    CHECK(forgot());
    if (fallen != nullptr) {
      cluster.start(*fallen);
      CHECK(cluster.run_until(seconds(10), forgot));
    }
    cluster.run(seconds(5));
    for (size_t i = 0; i < 5; ++i) CHECK(cluster.leader()->node()->liveness(cluster.board(i).id()) == NodeState::kReady);
    // A manager that starts anew goes on to ignore what is said of the removed one.
    Board& manager = *cluster.find("m2");
    cluster.kill_daemon(manager);
    cluster.start(manager);
    cluster.run(seconds(5));
    CHECK_FALSE(manager.node()->gossip().members().contains(removed.id()));
  }
}

}  // namespace es::sim
