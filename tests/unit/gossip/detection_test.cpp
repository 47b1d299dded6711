// The promises about time, over many seeds: the dead are found, and only the dead.

#include <algorithm>
#include <cstdio>
#include "doctest/doctest.h"

#include "tests/unit/gossip/virtual_network.h"

namespace es::gossip::test {

namespace {

int64_t detection_ms(size_t nodes, uint64_t seed, uint64_t loss_percent) {
  VirtualNetwork network(seed);
  network.form(nodes);
  network.set_loss_percent(loss_percent);
  const size_t victim = seed % nodes;
  network.power_off(victim);
  const Instant from = network.now();
  const bool found =
      network.run_for(seconds(20), [&] { return network.all_see(victim, MemberState::kDead); });
  return found ? (network.now() - from).ms() : INT64_MAX;
}

int deaths(const VirtualNetwork& network) {
  return static_cast<int>(
      std::count_if(network.events.begin(), network.events.end(),
                    [](const auto& event) { return event.record.state == MemberState::kDead; }));
}

}  // namespace

TEST_CASE("a node that loses power is dead for all within 3.0 s") {
  struct Case {
    size_t nodes;
    uint64_t seeds;
    uint64_t loss_percent;
  };
  for (const Case& c : {Case{2, 200, 0},
                        {3, 400, 0},
                        {5, 300, 0},
                        {7, 300, 0},
                        {25, 50, 0},
                        {3, 200, 2},
                        {5, 150, 2},
                        {7, 100, 2}}) {
    std::vector<int64_t> times_ms;
    for (uint64_t seed = 0; seed < c.seeds; ++seed) {
      times_ms.push_back(detection_ms(c.nodes, seed, c.loss_percent));
    }
    std::sort(times_ms.begin(), times_ms.end());
    MESSAGE("nodes ", c.nodes, ", loss ", c.loss_percent, " %: median ",
            times_ms[times_ms.size() / 2], " ms, worst ", times_ms.back(), " ms of ", c.seeds);
    CHECK(times_ms.back() <= 3'000);
  }
}

TEST_CASE("2 % of lost packets kill nobody in ten minutes") {
  for (const size_t nodes : {size_t{3}, size_t{5}, size_t{7}}) {
    for (uint64_t seed = 0; seed < 4; ++seed) {
      VirtualNetwork network(seed);
      network.form(nodes);
      network.set_loss_percent(2);
      network.run(minutes(10));
      CAPTURE(nodes);
      CAPTURE(seed);
      CHECK(deaths(network) == 0);
    }
  }
}

TEST_CASE("a node that stalls is forgiven, and does not blame the others") {
  for (const size_t nodes : {size_t{3}, size_t{5}, size_t{7}}) {
    for (uint64_t seed = 0; seed < 40; ++seed) {
      VirtualNetwork network(seed);
      network.form(nodes);
      for (int i = 0; i < 10; ++i) {
        const size_t stalled = (seed + static_cast<size_t>(i)) % nodes;
        network.pause(stalled, milliseconds(i % 2 == 0 ? 700 : 1'500));
        network.run(seconds(4));
      }
      CAPTURE(nodes);
      CAPTURE(seed);
      CHECK(deaths(network) == 0);
      CHECK(network.everybody_sees_everybody());
    }
  }
}

TEST_CASE("a node that stood still for long does not bury those who spoke meanwhile") {
  VirtualNetwork network(1);
  network.form(5);
  network.pause(2, seconds(60));
  CHECK(network.run_for(seconds(4), [&] { return network.all_see(2, MemberState::kDead); }));
  network.events.clear();
  network.run(seconds(58));
  CHECK(network.run_for(seconds(10), [&] { return network.everybody_sees_everybody(); }));
  CHECK(deaths(network) == 0);
  CHECK(network.at(2).counters().stalls >= 1);
}

TEST_CASE("of three dead at once in seven, all are found") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    VirtualNetwork network(seed);
    network.form(7);
    for (const size_t victim : {1, 2, 3}) network.power_off(victim);
    CAPTURE(seed);
    CHECK(network.run_for(seconds(10), [&] {
      return network.all_see(1, MemberState::kDead) && network.all_see(2, MemberState::kDead) &&
             network.all_see(3, MemberState::kDead);
    }));
    CHECK(network.state(0, 4) == MemberState::kAlive);
  }
}

TEST_CASE("one broken link makes nobody a suspect: others probe for us") {
  VirtualNetwork network(3);
  network.form(5);
  network.cut_one_way(0, 1);
  network.cut_one_way(1, 0);
  network.run(minutes(5));
  CHECK(network.events.empty());
}

TEST_CASE("a node that hears nobody is found dead although it still speaks") {
  for (const size_t nodes : {size_t{3}, size_t{5}, size_t{7}, size_t{25}}) {
    VirtualNetwork network(nodes);
    network.form(nodes);
    for (size_t other = 1; other < nodes; ++other) network.cut_one_way(other, 0);
    CAPTURE(nodes);
    CHECK(network.run_for(seconds(5), [&] {
      for (size_t by = 1; by < nodes; ++by) {
        if (network.state(by, 0) != MemberState::kDead) return false;
      }
      return true;
    }));
    for (const auto& event : network.events) {
      const bool wrong =
          event.record.state == MemberState::kDead && event.record.node != node_id(0);
      CHECK_FALSE((wrong && event.by != 0));
    }
  }
}

TEST_CASE("who misses every answer doubts itself; who only finds a dead member does not") {
  VirtualNetwork network(8);
  network.form(7);
  network.power_off(6);
  network.run(milliseconds(1'500));
  for (size_t i = 0; i < 6; ++i) CHECK(network.at(i).health() == 0);
  network.run(seconds(10));
  network.cut({{0}});
  network.run(milliseconds(1'500));
  CHECK(network.at(0).health() >= 3);
  network.heal();
  network.run(seconds(20));
  CHECK(network.at(0).health() == 0);
}

}  // namespace es::gossip::test
