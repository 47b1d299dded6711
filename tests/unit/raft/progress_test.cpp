#include "core/raft/progress.h"

#include "doctest/doctest.h"

using es::raft::Inflight;
using es::raft::Progress;
using es::raft::ProgressState;

TEST_CASE("the window is bounded by count and by bytes") {
  Inflight by_count(2, 1000);
  by_count.add(1, 10);
  CHECK_FALSE(by_count.full());
  by_count.add(2, 10);
  CHECK(by_count.full());
  by_count.acknowledge(1);
  CHECK_FALSE(by_count.full());

  Inflight by_bytes(100, 30);
  by_bytes.add(5, 20);
  CHECK_FALSE(by_bytes.full());
  by_bytes.add(9, 20);
  CHECK(by_bytes.full());
  by_bytes.acknowledge(8);  // covers the first only
  CHECK(by_bytes.count() == 1);
  by_bytes.acknowledge(9);
  CHECK(by_bytes.count() == 0);
  CHECK_FALSE(by_bytes.full());
}

TEST_CASE("probe: one message, then wait; replicate: ahead of the replies") {
  Progress peer(5, 2, 1000);
  CHECK_FALSE(peer.paused());
  peer.sent(3, 30);
  CHECK(peer.paused());
  CHECK(peer.next == 5);
  CHECK(peer.acknowledged(7));
  peer.become_replicate();
  CHECK(peer.next == 8);
  peer.sent(1, 10);
  peer.sent(1, 10);
  CHECK(peer.next == 10);
  CHECK(peer.paused());
  CHECK_FALSE(peer.acknowledged(7));
  CHECK(peer.acknowledged(8));
  peer.inflight.acknowledge(8);
  CHECK_FALSE(peer.paused());
}

TEST_CASE("a rejection moves the probe back, never below what matches") {
  struct Case {
    const char* name;
    ProgressState state;
    uint64_t match, next, prev, agree;
    bool counts;
    uint64_t next_after;
  };
  constexpr Case kCases[] = {
      {"probe: to the hint", ProgressState::kProbe, 0, 10, 9, 4, true, 5},
      {"probe: at least one back", ProgressState::kProbe, 0, 10, 9, 9, true, 9},
      {"probe: not below the match", ProgressState::kProbe, 6, 10, 9, 2, true, 7},
      {"probe: of an earlier probe", ProgressState::kProbe, 0, 10, 5, 2, false, 10},
      {"replicate: back to the match", ProgressState::kReplicate, 6, 10, 9, 2, true, 7},
      {"replicate: overtaken", ProgressState::kReplicate, 6, 10, 6, 2, false, 10},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.name);
    Progress peer(one.next, 10, 1000);
    peer.state = one.state;
    peer.match = one.match;
    CHECK(peer.rejected(one.prev, one.agree) == one.counts);
    CHECK(peer.next == one.next_after);
    CHECK(peer.match < peer.next);
  }
}

TEST_CASE("what a peer lost to rot is not counted any more") {
  Progress peer(11, 10, 1000);
  peer.match = 10;
  peer.become_replicate();
  peer.forget_above(4);
  CHECK(peer.match == 0);
  CHECK(peer.next == 5);
  CHECK(peer.state == ProgressState::kProbe);
  peer.match = 4;
  peer.forget_above(4);
  CHECK(peer.match == 4);
}
