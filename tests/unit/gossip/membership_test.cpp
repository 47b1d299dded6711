// Who belongs to the cluster over its life: joins, leaves, restarts, partitions, removals.

#include <algorithm>

#include "doctest/doctest.h"

#include "tests/unit/gossip/virtual_network.h"

namespace es::gossip::test {

namespace {

size_t count_events(const VirtualNetwork& network, MemberState state) {
  return static_cast<size_t>(
      std::count_if(network.events.begin(), network.events.end(),
                    [&](const auto& event) { return event.record.state == state; }));
}

}  // namespace

TEST_CASE("a cluster forms from one seed address within a second") {
  for (const size_t nodes : {size_t{2}, size_t{5}, size_t{25}}) {
    VirtualNetwork network(nodes);
    for (size_t i = 0; i < nodes; ++i) network.start(i);
    CHECK(network.at(0).next_deadline() == kNever);  // alone: not one wake-up
    for (size_t i = 1; i < nodes; ++i) {
      network.at(i).join(network.now(), {address_of(0)});
      network.collect(i);
    }
    CAPTURE(nodes);
    CHECK(network.run_for(seconds(1), [&] { return network.everybody_sees_everybody(); }));
  }
}

TEST_CASE(
    "a joiner asks again until somebody is there, and needs no reliable channel in a small "
    "cluster") {
  VirtualNetwork network(5);
  network.set_sync_works(false);
  network.start(1);
  network.at(1).join(network.now(), {address_of(1), address_of(0)});
  network.collect(1);
  network.run(seconds(20));
  network.start(0);
  CHECK(network.run_for(seconds(3), [&] { return network.everybody_sees_everybody(); }));
}

TEST_CASE("a node alone has nobody to tell, keeps no rumours and sleeps") {
  VirtualNetwork network(1);
  network.start(0);
  REQUIRE(network.at(0).set_meta(network.now(), "news").ok());
  network.run(milliseconds(1));
  CHECK(network.at(0).next_deadline() == kNever);
  network.at(0).leave(network.now());
  network.run(milliseconds(200));
  CHECK(network.at(0).spread_out());
}

TEST_CASE("who leaves is left, not dead, and may come back") {
  VirtualNetwork network(11);
  network.form(5);
  network.at(3).leave(network.now());
  CHECK(network.run_for(seconds(1), [&] {
    return network.at(3).spread_out() && network.all_see(3, MemberState::kLeft);
  }));
  network.power_off(3);
  network.run(seconds(30));
  CHECK(network.all_see(3, MemberState::kLeft));
  CHECK(count_events(network, MemberState::kDead) == 0);
  CHECK(count_events(network, MemberState::kSuspect) == 0);

  network.start(3);
  network.at(3).join(network.now(), {address_of(1)});
  network.collect(3);
  CHECK(network.run_for(seconds(2), [&] { return network.everybody_sees_everybody(); }));
  CHECK(network.at(3).self().incarnation > 0);
}

TEST_CASE("who left and stayed up comes back by join") {
  VirtualNetwork network(12);
  network.form(3);
  network.at(2).leave(network.now());
  network.collect(2);
  network.run(seconds(5));
  CHECK(network.at(2).next_deadline() == kNever);
  network.at(2).join(network.now(), {address_of(0)});
  network.collect(2);
  CHECK(network.run_for(seconds(1), [&] { return network.all_see(2, MemberState::kAlive); }));
}

TEST_CASE(
    "a node that reboots before anybody noticed is back at once, under a higher incarnation") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    VirtualNetwork network(seed);
    network.form(5);
    network.start(2);
    network.at(2).join(network.now(), {address_of(0)});
    network.collect(2);
    CAPTURE(seed);
    CHECK(network.run_for(seconds(1), [&] {
      return network.at(2).members().size() == 4 && network.everybody_sees_everybody();
    }));
    network.run(seconds(20));
    CHECK(count_events(network, MemberState::kDead) == 0);
  }
}

TEST_CASE("the dead come back within a second of joining") {
  VirtualNetwork network(21);
  network.form(5);
  network.power_off(2);
  REQUIRE(network.run_for(seconds(5), [&] { return network.all_see(2, MemberState::kDead); }));
  network.run(minutes(5));
  network.start(2);
  network.at(2).join(network.now(), {address_of(4)});
  network.collect(2);
  CHECK(network.run_for(seconds(1), [&] { return network.everybody_sees_everybody(); }));
}

TEST_CASE("the dead are found again when they come back without knowing anybody") {
  VirtualNetwork network(22);
  network.form(3);
  network.power_off(1);
  REQUIRE(network.run_for(seconds(5), [&] { return network.all_see(1, MemberState::kDead); }));
  network.start(1);
  CHECK(network.run_for(seconds(5), [&] { return network.everybody_sees_everybody(); }));
}

TEST_CASE("a partition splits the views and heals without a death on either side's own part") {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    VirtualNetwork network(seed);
    network.form(7);
    network.cut({{0, 1, 2}});
    CAPTURE(seed);
    REQUIRE(network.run_for(seconds(20), [&] {
      for (size_t near = 0; near < 3; ++near) {
        for (size_t far = 3; far < 7; ++far) {
          if (network.state(near, far) != MemberState::kDead) return false;
          if (network.state(far, near) != MemberState::kDead) return false;
        }
      }
      return true;
    }));
    network.run(minutes(2));
    network.events.clear();
    network.heal();
    CHECK(network.run_for(seconds(10), [&] { return network.everybody_sees_everybody(); }));
    network.run(seconds(30));
    CHECK(network.everybody_sees_everybody());
    // What one side believed of the other must not move a task: no death is news to anybody.
    CHECK(count_events(network, MemberState::kDead) == 0);
  }
}

TEST_CASE("partitions that come and go under loss end in one view") {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    VirtualNetwork network(seed);
    network.form(5);
    network.set_loss_percent(10);
    for (size_t round = 0; round < 6; ++round) {
      network.cut({{round % 5, static_cast<size_t>((round + seed) % 5)}});
      network.run(seconds(static_cast<int64_t>(1 + round * 2)));
      network.heal();
      network.run(seconds(3));
    }
    network.set_loss_percent(0);
    CAPTURE(seed);
    CHECK(network.run_for(seconds(20), [&] { return network.everybody_sees_everybody(); }));
  }
}

TEST_CASE("a new address or new metadata reaches all in half a second") {
  VirtualNetwork network(31);
  network.form(7);
  REQUIRE(network.at(4).set_meta(network.now(), "kernel 6.1").ok());
  network.collect(4);
  const auto told = [&] {
    for (size_t i = 0; i < 7; ++i) {
      if (i != 4 && network.at(i).members().at(node_id(4)).record.meta != "kernel 6.1")
        return false;
    }
    return true;
  };
  CHECK(network.run_for(milliseconds(500), told));
  CHECK_FALSE(network.at(4).set_meta(network.now(), std::string(kMaxMetaBytes + 1, 'x')).ok());

  network.at(4).set_address(network.now(), {"10.9.9.9", 7946});
  network.collect(4);
  CHECK(network.run_for(milliseconds(500), [&] {
    return network.at(0).members().at(node_id(4)).record.address.ip == "10.9.9.9";
  }));
}

TEST_CASE("a removed node is heard no more, whatever it says") {
  VirtualNetwork network(41);
  network.form(4);
  for (size_t i = 0; i < 3; ++i) network.at(i).forget(node_id(3));
  network.events.clear();
  network.run(seconds(30));
  for (size_t i = 0; i < 3; ++i) {
    CHECK_FALSE(network.at(i).members().contains(node_id(3)));
    CHECK(network.at(i).live_members() == 3);
    CHECK(network.at(i).counters().forgotten > 0);
  }
  for (const auto& event : network.events) CHECK(event.by == 3);
}

TEST_CASE("what was forgotten is bounded, the oldest first") {
  VirtualNetwork network(42);
  network.form(2);
  for (uint64_t i = 0; i < kMaxForgotten + 1; ++i) network.at(0).forget(NodeId{{9, i + 1}});
  network.at(0).forget(NodeId{{9, 5}});  // again: nothing changes
  network.run(seconds(1));
  CHECK(network.everybody_sees_everybody());
}

TEST_CASE("the same seed gives the same history") {
  const auto history = [] {
    VirtualNetwork network(99);
    network.form(5);
    network.set_loss_percent(20);
    network.run(seconds(60));
    return std::tuple(network.datagrams, network.syncs, network.events.size(), network.now().ns);
  };
  CHECK(history() == history());
}

}  // namespace es::gossip::test
