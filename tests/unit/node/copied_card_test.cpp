// A worker's data directory in two boards.

#include "tests/unit/node/lan.h"

namespace es::node {

TEST_CASE("a copied worker is kept out while the original lives, and both and the leader say so") {
  Lan lan;
  REQUIRE(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
  const size_t copy = lan.copy(lan.worker, "10.0.0.3");
  lan.start(copy);
  lan.run(seconds(10));
  CHECK(lan.at(copy).node->kept_out().has_value());
  CHECK(lan.count(copy, "this one stays out; erase its data directory (`edgeswarm leave --force`)") == 1);
  CHECK(lan.count(lan.manager, "another board at 10.0.0.3:2377 runs with its identity (a copied SD card?)") == 1);
  CHECK(lan.count(lan.worker, "another board runs with a copy of this node's identity") == 1);
  CHECK(lan.at(copy).node->agent().session_check().session == 0);
  CHECK_FALSE(lan.at(lan.worker).node->kept_out().has_value());
  CHECK(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
  CHECK(lan.at(lan.manager).node->tables()->node(kWorkerNode)->address.ip == "10.0.0.2");
  // The copy's gossip began a start later than the original's: the original is ahead again.
  CHECK(lan.at(lan.worker).node->gossip().start() > lan.at(copy).node->gossip().start());
  // It goes on saying no, also after its own restart.
  lan.kill(copy);
  lan.start(copy);
  lan.run(seconds(10));
  CHECK(lan.count(copy, "this one stays out") == 2);
  CHECK(lan.at(lan.worker).node->leader() == kManagerNode);
  CHECK(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
}

TEST_CASE("two connections that stay beside each other: both boards are asked and told, whichever the leader likes better") {
  for (const bool likes_copy : {false, true}) {
    CAPTURE(likes_copy);
    Lan lan;
    const size_t copy = lan.copy(lan.worker, "10.0.0.3");
    lan.prefers_oldest = !likes_copy;
    lan.start(copy);
    lan.run(seconds(10));
    CHECK(lan.at(copy).node->kept_out().has_value());
    CHECK_FALSE(lan.at(lan.worker).node->kept_out().has_value());
    CHECK(lan.count(lan.manager, "runs with its identity (a copied SD card?)") == 1);
    CHECK(lan.count(lan.worker, "another board runs with a copy of this node's identity") == 1);
    CHECK(lan.at(lan.worker).node->leader() == kManagerNode);
    CHECK(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
  }
}

TEST_CASE("a board that is kept out still leaves when its operator says so, and takes nobody with it") {
  Lan lan;
  const size_t copy = lan.copy(lan.worker, "10.0.0.3");
  lan.start(copy);
  lan.run(seconds(10));
  REQUIRE(lan.at(copy).node->kept_out().has_value());
  lan.step(copy, LeaveRequested{});
  CHECK(lan.at(copy).node->has_left());
  lan.run(seconds(10));
  CHECK(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
}

TEST_CASE("a restart of the same board is let in at once, each time") {
  Lan lan;
  for (int i = 0; i < 5; ++i) {
    lan.kill(lan.worker);
    lan.start(lan.worker);
    lan.run(milliseconds(100));
    CHECK(lan.at(lan.worker).node->leader() == kManagerNode);
    lan.run(seconds(1));
  }
  CHECK(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
  CHECK(lan.count(lan.manager, "another board") == 0);
  CHECK(lan.count(lan.manager, "older copy") == 0);
}

TEST_CASE("an older copy is let in when the original is gone, and the leader says what that may mean") {
  Lan lan;
  const size_t image = lan.copy(lan.worker, "10.0.0.3");
  for (int i = 0; i < 2; ++i) {  // further starts of the original, which the image does not know
    lan.kill(lan.worker);
    lan.start(lan.worker);
    lan.run(seconds(1));
  }
  lan.kill(lan.worker);
  lan.start(image);
  lan.run(seconds(1));
  CHECK(lan.at(image).node->leader() == kManagerNode);
  CHECK(lan.count(lan.manager, "starts from an older copy of its data directory") == 1);
  CHECK(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
  // The original comes back while the image runs: now that one is the later.
  lan.start(lan.worker);
  lan.run(seconds(10));
  CHECK(lan.at(lan.worker).node->kept_out().has_value());
  CHECK_FALSE(lan.at(image).node->kept_out().has_value());
}

TEST_CASE("a copy that was let in while the original was cut off loses its place when that one speaks again") {
  Lan lan;
  const size_t copy = lan.copy(lan.worker, "10.0.0.3");
  lan.at(lan.manager).inbox.push_back(PeerLost{kWorkerNode});
  lan.start(copy);
  lan.step(copy, Tick{});  // it registers first
  lan.run(seconds(10));
  CHECK(lan.at(copy).node->kept_out().has_value());
  CHECK_FALSE(lan.at(lan.worker).node->kept_out().has_value());
  CHECK(lan.at(lan.worker).node->leader() == kManagerNode);
}

}  // namespace es::node
