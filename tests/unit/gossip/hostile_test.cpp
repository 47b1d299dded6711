// Bytes that no member writes, members that lie, and messages of other clusters.

#include "doctest/doctest.h"

#include "core/wire/codec.h"
#include "tests/unit/gossip/virtual_network.h"

namespace es::gossip::test {

namespace {

std::string datagram(size_t from, Body body, std::vector<Rumour> rumours = {}) {
  return wire::encode(Envelope{kCluster, node_id(from), std::move(body), std::move(rumours)});
}

}  // namespace

TEST_CASE("values out of range are refused before anything is believed") {
  struct Case {
    const char* name;
    MemberRecord record;
  };
  MemberRecord good = record_of(1);
  auto with = [&](auto change) {
    MemberRecord bad = good;
    change(bad);
    return bad;
  };
  for (const Case& c : {
           Case{"no id", with([](auto& r) { r.node = {}; })},
           Case{"unknown state", with([](auto& r) { r.state = static_cast<MemberState>(9); })},
           Case{"incarnation", with([](auto& r) { r.incarnation = kMaxIncarnation + 1; })},
           Case{"metadata", with([](auto& r) { r.meta.assign(kMaxMetaBytes + 1, 'x'); })},
           Case{"no address", with([](auto& r) { r.address = {}; })},
           Case{"host name", with([](auto& r) { r.address.ip = "evil.example"; })},
           Case{"no port", with([](auto& r) { r.address.port = 0; })},
       }) {
    CAPTURE(c.name);
    Gossip gossip = lone_node();
    gossip.receive(kStart, address_of(1), datagram(1, Spread{}, {{good, {}}, {c.record, {}}}));
    CHECK(gossip.counters().malformed == 1);
    CHECK(gossip.members().empty());
    gossip.receive_sync(kStart,
                        wire::encode(TableSync{kCluster, node_id(1), true, {good, c.record}}));
    CHECK(gossip.counters().malformed == 2);
    CHECK(gossip.members().empty());
    CHECK(gossip.take_output().syncs.empty());
  }
}

TEST_CASE("what is not for us is dropped and counted") {
  Gossip gossip = lone_node();
  Envelope foreign{ClusterId{{8, 8}}, node_id(1), Join{}, {{record_of(1), {}}}};
  gossip.receive(kStart, address_of(1), wire::encode(foreign));
  gossip.receive_sync(kStart,
                      wire::encode(TableSync{ClusterId{{8, 8}}, node_id(1), true, {record_of(1)}}));
  CHECK(gossip.counters().foreign == 2);

  gossip.receive(kStart, address_of(0), datagram(0, Join{}));  // our own, reflected
  gossip.receive(kStart, address_of(1), datagram(1, Ping{1, node_id(5), 0}));
  CHECK(gossip.counters().misdirected == 2);

  gossip.receive(kStart, address_of(1), std::string(kMaxDatagramBytes + 1, '\0'));
  gossip.receive(kStart, address_of(1), "");
  gossip.receive_sync(kStart, std::string(kMaxSyncBytes + 1, '\0'));
  CHECK(gossip.counters().malformed == 3);

  const Output output = gossip.take_output();
  CHECK(output.datagrams.empty());
  CHECK(output.syncs.empty());
  CHECK(output.events.empty());
}

TEST_CASE(
    "a table larger than the bound is refused, and a full table takes nobody in but for the dead") {
  Gossip gossip = lone_node();
  TableSync sync{kCluster, node_id(1), false, {}};
  for (size_t i = 1; i <= kMaxMembers + 1; ++i) sync.members.push_back(record_of(i));
  gossip.receive_sync(kStart, wire::encode(sync));
  CHECK(gossip.counters().malformed == 1);

  sync.members.pop_back();
  sync.members.back().state = MemberState::kDead;
  gossip.receive_sync(kStart, wire::encode(sync));
  CHECK(gossip.members().size() == kMaxMembers);
  gossip.receive(kStart, address_of(1), datagram(1, Spread{}, {{record_of(1'000), {}}}));
  CHECK(gossip.members().contains(node_id(1'000)));
  gossip.receive(kStart, address_of(1), datagram(1, Spread{}, {{record_of(1'001), {}}}));
  CHECK_FALSE(gossip.members().contains(node_id(1'001)));
  CHECK(gossip.counters().overflow == 1);
}

TEST_CASE("a rumour of our death is answered in the same datagram as the probe") {
  Gossip gossip = lone_node();
  gossip.receive(kStart, address_of(1), datagram(1, Spread{}, {{record_of(1), {}}}));
  (void)gossip.take_output();
  gossip.receive(
      kStart, address_of(1),
      datagram(1, Ping{7, node_id(0), 0}, {{record_of(0, MemberState::kDead, 41), node_id(1)}}));
  const Output output = gossip.take_output();
  REQUIRE(output.datagrams.size() == 1);
  const auto answer = decode_datagram(output.datagrams[0].bytes);
  REQUIRE(answer.ok());
  CHECK(std::get<Ack>(answer->body).sequence == 7);
  REQUIRE(answer->rumours.size() >= 1);
  CHECK(answer->rumours[0].record == record_of(0, MemberState::kAlive, 42));
  CHECK(gossip.health() == 1);
}

TEST_CASE("the highest incarnation there is cannot be driven over its bound") {
  Gossip gossip = lone_node();
  for (int i = 0; i < 3; ++i) {
    gossip.receive(
        kStart, address_of(1),
        datagram(1, Spread{}, {{record_of(0, MemberState::kDead, kMaxIncarnation), node_id(1)}}));
  }
  CHECK(gossip.self().incarnation == kMaxIncarnation);
  CHECK(gossip.self().state == MemberState::kAlive);
}

TEST_CASE("what others say of a forgotten node counts no more than what it says itself") {
  Gossip gossip = lone_node();
  gossip.forget(node_id(3));
  gossip.receive(kStart, address_of(1), datagram(1, Spread{}, {{record_of(3), {}}}));
  gossip.receive(kStart, address_of(3), datagram(3, Join{}, {{record_of(3), {}}}));
  gossip.receive_sync(kStart, wire::encode(TableSync{kCluster, node_id(1), false, {record_of(3)}}));
  gossip.receive_sync(kStart, wire::encode(TableSync{kCluster, node_id(3), true, {record_of(3)}}));
  CHECK(gossip.members().empty());
  CHECK(gossip.counters().forgotten == 2);
  CHECK(gossip.take_output().syncs.empty());
}

TEST_CASE("one liar confirms nothing by repeating itself") {
  Gossip gossip = lone_node();
  std::vector<Rumour> all;
  for (size_t i = 1; i < 8; ++i) all.push_back({record_of(i), {}});
  gossip.receive(kStart, address_of(1), datagram(1, Spread{}, all));
  for (int i = 0; i < 10; ++i) {
    gossip.receive(kStart, address_of(1),
                   datagram(1, Spread{}, {{record_of(2, MemberState::kSuspect), node_id(1)}}));
  }
  const auto& suspicion = gossip.members().at(node_id(2)).suspicion;
  REQUIRE(suspicion);
  CHECK(suspicion->deadline() == kStart + Timing{}.suspicion_max);
}

TEST_CASE("mutated and random bytes never break it, and memory stays bounded") {
  VirtualNetwork network(17);
  network.form(4);
  std::vector<std::string> corpus;
  network.on_datagram = [&](size_t, const Datagram& one) {
    if (corpus.size() < 200) corpus.push_back(one.bytes);
  };
  network.set_loss_percent(30);
  network.run(seconds(20));
  corpus.push_back(datagram(1, PingRequest{3, node_id(2), address_of(2)}, {{record_of(3), {}}}));
  corpus.push_back(datagram(1, Nack{3}));
  corpus.push_back(
      wire::encode(TableSync{kCluster, node_id(1), true, {record_of(1), record_of(2)}}));

  Prng prng(5);
  Gossip gossip = lone_node();
  Instant now = kStart;
  for (int i = 0; i < 60'000; ++i) {
    std::string bytes = corpus[prng.below(corpus.size())];
    for (uint64_t edits = prng.below(4); edits > 0 && !bytes.empty(); --edits) {
      const size_t at = prng.below(bytes.size());
      switch (prng.below(4)) {
        case 0:
          bytes[at] = static_cast<char>(prng.below(256));
          break;
        case 1:
          bytes.erase(at, prng.below(8));
          break;
        case 2:
          bytes.insert(at, 1, static_cast<char>(prng.below(256)));
          break;
        default:
          bytes.resize(at);
          break;
      }
    }
    now = now + milliseconds(static_cast<int64_t>(prng.below(20)));
    if (prng.chance(1, 4))
      gossip.receive_sync(now, bytes);
    else
      gossip.receive(now, address_of(prng.below(5)), bytes);
    if (gossip.next_deadline() <= now) gossip.tick(now);
    const Output output = gossip.take_output();
    for (const Datagram& one : output.datagrams) REQUIRE(one.bytes.size() <= kMaxDatagramBytes);
  }
  CHECK(gossip.members().size() <= kMaxMembers);
  CHECK(gossip.counters().malformed > 1'000);
  CHECK(gossip.self().state == MemberState::kAlive);
}

}  // namespace es::gossip::test
