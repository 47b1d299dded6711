// The small parts alone: precedence of records, suspicion timeouts, the rumour queue, local health,
// and the rules of a single node that a whole network would hide.

#include "doctest/doctest.h"

#include "core/gossip/local_health.h"
#include "core/gossip/rumour_queue.h"
#include "core/gossip/suspicion.h"
#include "core/wire/codec.h"
#include "tests/unit/gossip/virtual_network.h"

namespace es::gossip::test {

namespace {
Rumour rumour(size_t index, MemberState state = MemberState::kAlive, uint64_t incarnation = 0,
              NodeId reporter = {}) {
  return {{node_id(index), state, incarnation, address_of(index), ""}, reporter};
}
}  // namespace

TEST_CASE("precedence: SWIM's table as one order") {
  using enum MemberState;
  struct Case {
    MemberState state;
    uint64_t incarnation;
    MemberState other_state;
    uint64_t other_incarnation;
    bool supersedes;
  };
  for (const Case& c : {
           Case{kAlive, 1, kAlive, 0, true},
           Case{kAlive, 0, kAlive, 0, false},
           Case{kAlive, 1, kSuspect, 0, true},
           Case{kAlive, 1, kSuspect, 1, false},
           Case{kSuspect, 1, kAlive, 1, true},
           Case{kSuspect, 0, kAlive, 1, false},
           Case{kSuspect, 1, kSuspect, 1, false},
           Case{kSuspect, 2, kSuspect, 1, true},
           Case{kDead, 1, kSuspect, 1, true},
           Case{kDead, 1, kAlive, 2, false},
           Case{kAlive, 2, kDead, 1, true},
           Case{kAlive, 1, kDead, 1, false},
           Case{kLeft, 1, kDead, 1, true},
           Case{kDead, 1, kLeft, 1, false},
           Case{kAlive, 2, kLeft, 1, true},
       }) {
    CAPTURE(to_string(c.state));
    CAPTURE(to_string(c.other_state));
    MemberRecord one;
    one.state = c.state;
    one.incarnation = c.incarnation;
    MemberRecord other;
    other.state = c.other_state;
    other.incarnation = c.other_incarnation;
    CHECK(one.supersedes(other) == c.supersedes);
  }
}

TEST_CASE("a suspicion shortens with each independent confirmation, down to its minimum") {
  const Timing timing;
  const Instant start{5};
  struct Case {
    size_t live_members;
    std::vector<int64_t> timeouts_ms;  // after 0, 1, 2, … confirmations
  };
  for (const Case& c : {
           Case{2, {1'200, 1'200}},
           Case{3, {2'400, 1'200, 1'200}},
           Case{5, {2'400, 1'642, 1'200, 1'200}},
           Case{7, {2'400, 1'800, 1'449, 1'200, 1'200}},
           Case{25, {2'700, 2'025, 1'630, 1'350, 1'350}},
           Case{512, {4'200, 3'150, 2'536, 2'100, 2'100}},
       }) {
    CAPTURE(c.live_members);
    Suspicion suspicion(timing, start, c.live_members, node_id(0));
    for (size_t i = 0; i < c.timeouts_ms.size(); ++i) {
      CAPTURE(i);
      CHECK((suspicion.deadline() - start).ms() == c.timeouts_ms[i]);
      CHECK_FALSE(suspicion.confirm(node_id(0)));
      suspicion.confirm(node_id(i + 1));
    }
    const Instant before = suspicion.deadline();
    suspicion.postpone(seconds(1));
    CHECK(suspicion.deadline() == before + seconds(1));
  }
}

TEST_CASE("the queue tells the least told first, within its budget, and forgets in time") {
  RumourQueue queue;
  queue.push(rumour(1));
  queue.push(rumour(2));
  const size_t one = encoded_size(rumour(1));
  CHECK(queue.take(one - 1, 3).empty());
  CHECK(queue.take(one, 3)[0].record.node == node_id(1));
  CHECK(queue.take(one, 3)[0].record.node == node_id(2));
  size_t told = 2;
  while (!queue.empty()) told += queue.take(2 * one, 3).size();
  CHECK(told == 2 * RumourQueue::times_to_tell(3));
}

TEST_CASE("news about a member replaces what is older; suspicions of several reporters do not") {
  RumourQueue queue;
  queue.push(rumour(1));
  queue.push(rumour(1, MemberState::kSuspect, 0, node_id(5)));
  queue.push(rumour(1, MemberState::kSuspect, 0, node_id(6)));
  CHECK(queue.size() == 2);
  queue.push(rumour(1, MemberState::kAlive, 1));
  CHECK(queue.size() == 1);
  queue.push(rumour(2));
  queue.forget(node_id(1));
  CHECK(queue.size() == 1);
}

TEST_CASE("a full queue drops what was told most") {
  RumourQueue queue;
  queue.push(rumour(0));
  (void)queue.take(1'000, 512);
  for (size_t i = 1; i <= RumourQueue::kCapacity; ++i) queue.push(rumour(i));
  CHECK(queue.size() == RumourQueue::kCapacity);
  for (const Rumour& one : queue.take(SIZE_MAX, 512)) CHECK(one.record.node != node_id(0));
}

TEST_CASE("local health is bounded both ways and stretches time") {
  LocalHealth health;
  health.better();
  CHECK(health.score() == 0);
  CHECK(health.stretched(seconds(1)) == seconds(1));
  health.worse(UINT32_MAX);
  health.worse(UINT32_MAX);
  CHECK(health.score() == LocalHealth::kMaxScore);
  CHECK(health.stretched(seconds(1)) == seconds(5));
}

namespace {

// Node 0, which knows nodes 1 and 2 and suspects node 1.
Gossip suspecting_node(Instant now) {
  Gossip gossip = lone_node(now);
  const Envelope news{kCluster,
                      node_id(2),
                      Spread{},
                      {rumour(1), rumour(2), rumour(1, MemberState::kSuspect, 0, node_id(2))}};
  gossip.receive(now, address_of(2), wire::encode(news));
  (void)gossip.take_output();
  return gossip;
}

}  // namespace

TEST_CASE("a node that stood still hears the refutation that waits before it buries the suspect") {
  const Instant start{1'000'000'000};
  Gossip gossip = suspecting_node(start);
  const Instant late = start + seconds(10);
  gossip.tick(late);
  CHECK(gossip.members().at(node_id(1)).record.state == MemberState::kSuspect);
  CHECK(gossip.counters().stalls == 1);
  CHECK(gossip.health() == 1);
  const Envelope refutation{kCluster, node_id(1), Spread{}, {rumour(1, MemberState::kAlive, 1)}};
  gossip.receive(late, address_of(1), wire::encode(refutation));
  CHECK(gossip.members().at(node_id(1)).record.state == MemberState::kAlive);
  CHECK(gossip.counters().stalls == 1);
}

TEST_CASE("a probe of a suspect always brings the suspicion, told often enough or not") {
  Instant now{1'000'000'000};
  Gossip gossip = suspecting_node(now);
  int probes = 0;
  for (int i = 0; i < 40 && gossip.members().at(node_id(1)).suspicion; ++i) {
    now = std::max(now, gossip.next_deadline());
    gossip.tick(now);
    for (const Datagram& datagram : gossip.take_output().datagrams) {
      const auto envelope = decode_datagram(datagram.bytes);
      REQUIRE(envelope.ok());
      const auto* ping = std::get_if<Ping>(&envelope->body);
      if (ping == nullptr || ping->target != node_id(1)) continue;
      ++probes;
      REQUIRE_FALSE(envelope->rumours.empty());
      CHECK(envelope->rumours[0].record.node == node_id(1));
      CHECK(envelope->rumours[0].record.state == MemberState::kSuspect);
    }
  }
  CHECK(probes >= 2);
  CHECK(gossip.members().at(node_id(1)).record.state == MemberState::kDead);
}

}  // namespace es::gossip::test
