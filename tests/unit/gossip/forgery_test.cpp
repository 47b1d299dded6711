// Members that lie with a key that is good, and packets that are heard again.

#include <algorithm>

#include "doctest/doctest.h"

#include "core/gossip/replay_guard.h"
#include "core/wire/codec.h"
#include "tests/unit/gossip/virtual_network.h"

namespace es::gossip::test {

namespace {

std::string datagram(size_t from, std::vector<Rumour> rumours) {
  return wire::encode(Envelope{kCluster, node_id(from), Spread{}, std::move(rumours), 0, 0});
}

// Says of every node but its own to every other: "it is in this state, under an incarnation so much higher than its own".
void slander(VirtualNetwork& network, size_t liar, MemberState state, uint64_t above) {
  std::vector<Rumour> rumours;
  for (size_t i = 0; i < network.size(); ++i) {
    if (i == liar) continue;
    const uint64_t incarnation = std::min(network.at(i).self().incarnation + above, kMaxIncarnation);
    rumours.push_back({record_of(i, state, incarnation), node_id(liar)});
  }
  for (size_t i = 0; i < network.size(); ++i) {
    if (i == liar) continue;
    network.at(i).receive(network.now(), address_of(liar), datagram(liar, rumours));
    network.collect(i);
  }
}

}  // namespace

TEST_CASE("what was heard once is not heard again") {
  struct Word {
    uint64_t start;
    uint64_t number;
    bool accepted;
  };
  ReplayGuard guard;
  for (const Word& word : {
           Word{3, 1, true}, Word{3, 1, false}, Word{3, 3, true}, Word{3, 2, true}, Word{3, 2, false}, Word{3, 3, false},
           Word{3, 200, true}, Word{3, 137, true}, Word{3, 136, false}, Word{3, 137, false}, Word{3, 3, false},
           Word{2, 900, false},  // of an earlier start
           Word{4, 1, true}, Word{3, 201, false}, Word{4, 1, false},
           Word{0, 0, false},  // one that counts does not stop
       }) {
    CAPTURE(word.start);
    CAPTURE(word.number);
    CHECK(guard.accept(kStart, node_id(1), word.start, word.number) == word.accepted);
  }
  CHECK(guard.accept(kStart, node_id(2), 0, 0));  // an older version does not count, and is heard
  CHECK(guard.accept(kStart, node_id(2), 0, 0));
}

TEST_CASE("the memory of senders is bounded, the longest silent gives way") {
  ReplayGuard guard;
  for (size_t i = 0; i <= ReplayGuard::kMaxSenders; ++i) {
    CHECK(guard.accept(kStart + milliseconds(static_cast<int64_t>(i)), node_id(i), 1, 1));
  }
  CHECK_FALSE(guard.accept(kStart, node_id(1), 1, 1));
  CHECK(guard.accept(kStart, node_id(0), 1, 1));
}

TEST_CASE("a death is noticed although somebody replays all that the dead node ever said") {
  VirtualNetwork network(31);
  network.count_starts = true;
  network.form(4);
  std::vector<std::pair<size_t, std::string>> recorded;
  network.on_datagram = [&](size_t from, const Datagram& one) {
    if (from != 2) return;
    for (size_t i = 0; i < 4; ++i) {
      if (address_of(i) == one.to) recorded.emplace_back(i, one.bytes);
    }
  };
  network.run(seconds(20));
  REQUIRE(recorded.size() > 50);
  network.power_off(2);
  const Instant died = network.now();
  size_t next = 0;
  while (!network.all_see(2, MemberState::kDead) && network.now() - died < seconds(20)) {
    for (int i = 0; i < 5; ++i) {
      const auto& [to, bytes] = recorded[next++ % recorded.size()];
      if (to == 2) continue;
      network.at(to).receive(network.now(), address_of(2), bytes);
      network.collect(to);
    }
    network.run(milliseconds(20));
  }
  CHECK(network.all_see(2, MemberState::kDead));
  CHECK((network.now() - died).ms() < 4'500);
  CHECK(network.at(0).counters().replayed > 10);
}

TEST_CASE("a restart is heard at once, whatever the others remember of the life before") {
  VirtualNetwork network(32);
  network.count_starts = true;
  network.form(4);
  for (int life = 0; life < 3; ++life) {
    network.start(1);
    network.at(1).join(network.now(), {address_of(0)});
    network.collect(1);
    CHECK(network.run_for(seconds(1), [&] {
      return network.at(1).members().size() == 3 && network.everybody_sees_everybody();
    }));
  }
  CHECK(network.at(1).self().incarnation >= 4 * kIncarnationsPerStart);
  network.run(seconds(10));
  CHECK(network.everybody_sees_everybody());
}

TEST_CASE("a node whose starts another board counted further counts from there, and is heard") {
  VirtualNetwork network(33);
  network.count_starts = true;
  network.form(3);
  const uint64_t start = network.at(1).start();
  network.at(1).raise_start(network.now(), start);
  CHECK(network.at(1).start() == start);
  network.at(1).raise_start(network.now(), start + 7);
  network.collect(1);
  CHECK(network.at(1).start() == start + 7);
  CHECK(network.at(1).self().incarnation >= (start + 7) * kIncarnationsPerStart);
  network.run(seconds(10));
  CHECK(network.everybody_sees_everybody());
  // What the other board said under its own count is old now.
  CHECK(network.at(0).members().at(node_id(1)).record.incarnation >= (start + 7) * kIncarnationsPerStart);
}

TEST_CASE("nobody is talked out of the cluster while it answers, and a death is noticed all the same") {
  for (const bool counted : {false, true}) {
    for (const MemberState state : {MemberState::kSuspect, MemberState::kDead, MemberState::kLeft}) {
      for (const uint64_t above : {uint64_t{0}, uint64_t{1}, kMaxJump, kMaxJump + 1, kMaxIncarnation}) {
        CAPTURE(counted);
        CAPTURE(static_cast<int>(state));
        CAPTURE(above);
        VirtualNetwork network(33);
        network.count_starts = counted;
        network.form(5);
        for (int i = 0; i < 5; ++i) {
          slander(network, 4, state, above);
          network.run(milliseconds(300));
        }
        network.power_off(4);
        CHECK(network.run_for(seconds(12), [&] {
          for (size_t by = 0; by < 4; ++by) {
            for (size_t about = 0; about < 4; ++about) {
              if (by != about && network.state(by, about) != MemberState::kAlive) return false;
            }
          }
          return true;
        }));
        network.power_off(2);
        // At the end of the range everybody finds out by himself.
        CHECK(network.run_for(seconds(above == kMaxIncarnation ? 12 : 6), [&] {
          for (const size_t by : {0, 1, 3}) {
            if (network.state(by, 2) != MemberState::kDead) return false;
          }
          return true;
        }));
      }
    }
  }
}

TEST_CASE("hundreds of invented members do not keep a death from being noticed") {
  for (const size_t nodes : {size_t{3}, size_t{5}, size_t{7}}) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
      CAPTURE(nodes);
      CAPTURE(seed);
      VirtualNetwork network(seed);
      network.form(nodes);
      for (size_t invented = 200; invented < 700; ++invented) {
        const std::string bytes = datagram(100, {{record_of(invented, MemberState::kAlive, 0), {}}});
        for (size_t i = 0; i < nodes; ++i) network.at(i).receive(network.now(), address_of(100), bytes);
      }
      network.run(seconds(3));
      network.power_off(2);
      CHECK(network.run_for(milliseconds(5'500), [&] { return network.all_see(2, MemberState::kDead); }));
    }
  }
}

TEST_CASE("hearsay confirms nothing: tables and names that nobody knows leave the time to refute as it is") {
  Gossip gossip = lone_node();
  const Timing timing;
  std::vector<Rumour> all;
  for (size_t i = 1; i < 8; ++i) all.push_back({record_of(i, MemberState::kAlive, 0), {}});
  gossip.receive(kStart, address_of(1), datagram(1, all));
  const auto deadline = [&] { return gossip.members().at(node_id(2)).suspicion->deadline(); };

  for (size_t from = 3; from < 8; ++from) {  // their tables all hold it suspected
    gossip.receive_sync(kStart, wire::encode(TableSync{kCluster, node_id(from), false, {record_of(2, MemberState::kSuspect, 0)}, 0, 0}));
  }
  REQUIRE(gossip.members().at(node_id(2)).suspicion);
  CHECK(deadline() == kStart + timing.suspicion_max);
  for (size_t name = 100; name < 110; ++name) {
    gossip.receive(kStart, address_of(1), datagram(1, {{record_of(2, MemberState::kSuspect, 0), node_id(name)}}));
  }
  gossip.receive(kStart, address_of(1), datagram(1, {{record_of(2, MemberState::kSuspect, 0), node_id(2)}}));
  CHECK(deadline() == kStart + timing.suspicion_max);
  // "Dead" right behind "suspected" leaves no time to refute: it is a suspicion too.
  gossip.receive(kStart, address_of(1), datagram(1, {{record_of(2, MemberState::kDead, 0), node_id(3)}}));
  CHECK(gossip.members().at(node_id(2)).record.state == MemberState::kSuspect);
  for (size_t name = 3; name < 7; ++name) {
    gossip.receive(kStart, address_of(1), datagram(1, {{record_of(2, MemberState::kSuspect, 0), node_id(name)}}));
  }
  CHECK(deadline() == kStart + timing.suspicion_min);
}

}  // namespace es::gossip::test
