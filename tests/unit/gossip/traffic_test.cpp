// What gossip costs: an idle cluster sends one probe a node an interval, and no rumour is told for
// ever.

#include <algorithm>
#include <map>

#include "doctest/doctest.h"

#include "core/wire/codec.h"
#include "tests/unit/gossip/virtual_network.h"

namespace es::gossip::test {

TEST_CASE(
    "an idle cluster sends one probe and one answer a node an interval, small, and no table") {
  for (const size_t nodes : {size_t{3}, size_t{7}, size_t{25}}) {
    VirtualNetwork network(nodes);
    network.form(nodes);
    network.datagrams = network.syncs = 0;
    network.largest_datagram_bytes = 0;
    network.run(minutes(10));
    const auto intervals = static_cast<uint64_t>(minutes(10).ns / Timing{}.probe_interval.ns);
    CAPTURE(nodes);
    CHECK(network.datagrams >= 2 * nodes * intervals * 95 / 100);
    CHECK(network.datagrams <= 2 * nodes * intervals * 105 / 100);
    CHECK(network.syncs == 0);
    CHECK(network.events.empty());
    CHECK(network.largest_datagram_bytes <= 80);
  }
}

TEST_CASE("datagrams stay within their bound when everybody has news with metadata") {
  VirtualNetwork network(2);
  network.form(25);
  for (size_t i = 0; i < 25; ++i) {
    REQUIRE(network.at(i).set_meta(network.now(), std::string(kMaxMetaBytes, 'm')).ok());
    network.collect(i);
  }
  network.run(seconds(10));
  CHECK(network.largest_datagram_bytes > 900);
  CHECK(network.largest_datagram_bytes <= kMaxDatagramBytes);
  CHECK(network.at(3).members().at(node_id(7)).record.meta.size() == kMaxMetaBytes);
}

TEST_CASE("a rumour is told lambda log n times by each who heard it, and reaches all") {
  VirtualNetwork network(3);
  network.form(25);
  std::map<size_t, size_t> told;
  network.on_datagram = [&](size_t from, const Datagram& datagram) {
    const auto envelope = decode_datagram(datagram.bytes);
    REQUIRE(envelope.ok());
    for (const Rumour& rumour : envelope->rumours)
      told[from] += rumour.record.meta == "news" ? 1 : 0;
  };
  REQUIRE(network.at(0).set_meta(network.now(), "news").ok());
  network.collect(0);
  network.run(minutes(1));
  CHECK(told.size() == 25);
  for (const auto& [node, times] : told) CHECK(times == RumourQueue::times_to_tell(25));
  CHECK(RumourQueue::times_to_tell(25) == 15);
}

TEST_CASE("the cost of a death is bounded") {
  VirtualNetwork network(4);
  network.form(7);
  network.datagrams = 0;
  network.power_off(6);
  network.run(seconds(10));
  // Probes of ten seconds, probes through others, and three rumours (suspicions and a death) told
  // nine times by each of six.
  CHECK(network.datagrams < 2 * 6 * 25 + 6 * 3 * 3 + 6 * 9 * 6);
  network.datagrams = 0;
  network.run(minutes(10));
  // A dead member costs one datagram a node every reach_out_interval.
  CHECK(network.datagrams <= (2 * 6 * 1'500 + 6 * 300) * 105 / 100);
}

TEST_CASE("tables that differ are exchanged a bounded number of times") {
  VirtualNetwork network(5);
  network.form(7);
  network.set_loss_percent(30);
  network.syncs = 0;
  network.run(minutes(5));
  CHECK(network.syncs <= 2 * 7 * 150);
}

TEST_CASE("a newcomer to a cluster too large for one datagram learns all of it by one table") {
  VirtualNetwork network(6);
  network.form(60);
  network.start(60);
  network.at(60).join(network.now(), {address_of(5)});
  network.collect(60);
  CHECK(network.run_for(milliseconds(200), [&] { return network.at(60).live_members() == 61; }));
}

TEST_CASE("output that nobody takes is bounded") {
  Gossip gossip = lone_node(Instant{});
  const std::string join = wire::encode(Envelope{kCluster, node_id(1), Ping{1, node_id(0), 0}, {}});
  for (size_t i = 0; i < kMaxDatagramsOut + 10; ++i) gossip.receive(Instant{}, address_of(1), join);
  CHECK(gossip.take_output().datagrams.size() == kMaxDatagramsOut);
  CHECK(gossip.counters().overflow == 10);
}

}  // namespace es::gossip::test
