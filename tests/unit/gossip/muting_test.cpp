// What is said in a member's name by whoever has the key, under numbers that make all that the member says look old: it lasts
// until the member answers.

#include <algorithm>
#include <optional>
#include <utility>

#include "doctest/doctest.h"

#include "core/gossip/replay_guard.h"
#include "core/wire/codec.h"
#include "tests/unit/gossip/virtual_network.h"

namespace es::gossip::test {

namespace {

// One datagram to each node but `victim`, in its name and under these numbers, from a board that is no member.
void forge(VirtualNetwork& network, size_t victim, uint64_t start, uint64_t number, Body body = Spread{}) {
  const std::string bytes = wire::encode(Envelope{kCluster, node_id(victim), std::move(body), {}, start, number});
  for (size_t i = 0; i < network.size(); ++i) {
    if (i == victim) continue;
    network.at(i).receive(network.now(), address_of(100), bytes);
    network.collect(i);
  }
}

bool nobody_doubted(const VirtualNetwork& network, size_t index) {
  return std::none_of(network.events.begin(), network.events.end(), [&](const VirtualNetwork::Event& event) {
    return event.record.node == node_id(index) && event.record.state != MemberState::kAlive;
  });
}

// Its news reach all, by datagrams of its own.
bool is_heard(VirtualNetwork& network, size_t index, const std::string& news) {
  REQUIRE(network.at(index).set_meta(network.now(), news).ok());
  network.collect(index);
  return network.run_for(seconds(1), [&] {
    for (size_t i = 0; i < network.size(); ++i) {
      if (i != index && network.at(i).members().at(node_id(index)).record.meta != news) return false;
    }
    return true;
  });
}

}  // namespace

TEST_CASE("an answer is heard whatever was said in its sender's name, and what is older is not") {
  ReplayGuard guard;
  CHECK(guard.accept(kStart, node_id(1), 3, 10));
  uint64_t now_at = 10;
  for (const auto& [start, number] : {std::pair{uint64_t{1} << 63, uint64_t{1}}, std::pair{uint64_t{3}, uint64_t{1} << 63}}) {
    now_at += 100;
    CHECK(guard.accept(kStart, node_id(1), start, number));  // a lie
    CHECK_FALSE(guard.accept(kStart, node_id(1), 3, now_at));
    CHECK(guard.is_doubtful(node_id(1), 3, now_at));
    guard.answered(kStart, node_id(1), 3, ++now_at);
    for (const uint64_t back : {0, 1, 63, 64, 100}) {
      CHECK_FALSE(guard.accept(kStart, node_id(1), 3, now_at - back));
      CHECK_FALSE(guard.is_doubtful(node_id(1), 3, now_at - back));
    }
    CHECK_FALSE(guard.is_doubtful(node_id(1), 2, now_at + 1));
  }
  CHECK(guard.accept(kStart, node_id(1), 3, now_at + 2));
  CHECK(guard.accept(kStart, node_id(1), 3, now_at + 1));
  CHECK_FALSE(guard.accept(kStart, node_id(1), 3, now_at + 2));
  CHECK(guard.is_doubtful(node_id(1), 3, now_at + 2));
  // A card that was set back answers, and one that never counted.
  guard.answered(kStart, node_id(1), 1, 1);
  CHECK(guard.accept(kStart, node_id(1), 1, 2));
  guard.answered(kStart, node_id(1), 0, 0);
  CHECK(guard.accept(kStart, node_id(1), 0, 0));
}

TEST_CASE("one datagram in a member's name mutes it for no longer than it takes to ask it") {
  for (const size_t nodes : {size_t{2}, size_t{5}}) {
    for (const bool of_another_start : {true, false}) {
      CAPTURE(nodes);
      CAPTURE(of_another_start);
      VirtualNetwork network(51);
      network.count_starts = true;
      network.form(nodes);
      const uint64_t start = network.at(1).start();
      forge(network, 1, of_another_start ? uint64_t{1} << 63 : start, of_another_start ? 1 : uint64_t{1} << 63);
      CHECK(is_heard(network, 1, "unmuted"));
      network.run(minutes(1));
      CHECK(nobody_doubted(network, 1));
      // A restart is no way out of a lie about a later start, and needs none.
      network.start(1);
      network.at(1).join(network.now(), {address_of(0)});
      network.collect(1);
      forge(network, 1, uint64_t{1} << 63, 2);
      CHECK(network.run_for(seconds(1), [&] { return network.everybody_sees_everybody() && network.at(1).members().size() == nodes - 1; }));
      CHECK(is_heard(network, 1, "again"));
    }
  }
}

TEST_CASE("a member that is lied about all the time is alive, hears the others alive, and is heard") {
  VirtualNetwork network(52);
  network.count_starts = true;
  network.form(5);
  for (uint64_t i = 1; i <= 600; ++i) {
    forge(network, 1, uint64_t{1} << 63, i, Ping{i, node_id(i % 5), 0});
    network.run(milliseconds(100));
  }
  for (size_t i = 0; i < 5; ++i) CHECK(nobody_doubted(network, i));
  CHECK(is_heard(network, 1, "meanwhile"));
}

TEST_CASE("who is lied about before it was ever heard, or while it is held dead, gets in all the same") {
  VirtualNetwork network(53);
  network.count_starts = true;
  network.form(4);
  forge(network, 4, uint64_t{1} << 63, 1);
  network.power_off(1);
  REQUIRE(network.run_for(seconds(5), [&] { return network.all_see(1, MemberState::kDead); }));
  forge(network, 1, uint64_t{1} << 63, 1);
  for (const size_t index : {size_t{1}, size_t{4}}) {
    network.start(index);
    network.at(index).join(network.now(), {address_of(0)});
    network.collect(index);
  }
  CHECK(network.run_for(seconds(2), [&] { return network.everybody_sees_everybody() && network.at(4).members().size() == 4; }));
}

TEST_CASE("a card that was set back counts from an earlier start, and is heard at once") {
  VirtualNetwork network(56);
  network.count_starts = true;
  network.form(3);
  network.at(1).raise_start(network.now(), 10);
  network.collect(1);
  network.run(seconds(5));
  network.start(1);
  network.at(1).join(network.now(), {address_of(0)});
  network.collect(1);
  CHECK(network.run_for(seconds(1), [&] { return network.at(1).members().size() == 2 && network.everybody_sees_everybody(); }));
  CHECK(is_heard(network, 1, "set back"));
}

namespace {

// A liar at address 100 that answers in the victim's name whatever it is asked there, under a later start.
class Impostor {
 public:
  Impostor(VirtualNetwork& network, size_t victim) : network_(network), victim_(victim) {
    network.on_datagram = [this](size_t asker, const Datagram& one) {
      const auto envelope = decode_datagram(one.bytes);
      const auto* ping = std::get_if<Ping>(&envelope->body);
      if (one.to == address_of(100) && ping != nullptr) asked_.emplace_back(asker, ping->sequence);
    };
  }
  void tell(size_t to, Body body, std::vector<Rumour> rumours) {
    const uint64_t number = ++number_;
    network_.at(to).receive(network_.now(), address_of(100),
                            wire::encode(Envelope{kCluster, node_id(victim_), std::move(body), std::move(rumours), uint64_t{1} << 63, number}));
    network_.collect(to);
  }
  void answer(uint64_t incarnation) {
    for (const auto& [asker, sequence] : std::exchange(asked_, {})) {
      ++answers;
      tell(asker, Ack{sequence, NodeId{}, 0, incarnation}, {});
    }
  }

  size_t answers = 0;

 private:
  VirtualNetwork& network_;
  size_t victim_;
  uint64_t number_ = 0;
  std::vector<std::pair<size_t, uint64_t>> asked_;
};

}  // namespace

TEST_CASE("who has others ask him answers for nobody who is alive, and what he answers ends with him") {
  VirtualNetwork network(57);
  network.count_starts = true;
  network.form(4);
  Impostor impostor(network, 1);
  MemberRecord elsewhere = record_of(1, MemberState::kAlive, kMaxIncarnation / 2);
  elsewhere.address = address_of(100);
  for (int i = 0; i < 20; ++i) {
    for (const size_t to : {0, 2, 3}) impostor.tell(to, PingRequest{7, node_id(1), address_of(100)}, {});
    impostor.answer(0);
    network.run(milliseconds(100));
  }
  CHECK(impostor.answers > 20);
  CHECK(is_heard(network, 1, "by relays"));
  CHECK(nobody_doubted(network, 1));
  // A rumour that is not believed has him asked, and he gives himself out for a member that moved.
  for (int i = 0; i < 20; ++i) {
    for (const size_t to : {0, 2, 3}) impostor.tell(to, Spread{}, {{elsewhere, {}}});
    impostor.answer(kMaxIncarnation / 2);
    network.run(milliseconds(100));
  }
  network.run(seconds(6));
  CHECK(network.everybody_sees_everybody());
  CHECK(is_heard(network, 1, "after him"));
  CHECK(network.at(0).members().at(node_id(1)).record.address == address_of(1));
}

TEST_CASE("what a live member is asked elsewhere than where it is known to be is no answer of its own") {
  Gossip gossip = lone_node();
  const auto hear = [&](size_t from, Body body, std::vector<Rumour> rumours, uint64_t start, uint64_t number) {
    gossip.receive(kStart, address_of(from), wire::encode(Envelope{kCluster, node_id(from), std::move(body), std::move(rumours), start, number}));
  };
  const auto asked = [&](size_t whom) -> uint64_t {
    for (const Datagram& one : gossip.take_output().datagrams) {
      const auto envelope = decode_datagram(one.bytes);
      const auto* ping = std::get_if<Ping>(&envelope->body);
      if (ping != nullptr && one.to == address_of(whom)) return ping->sequence;
    }
    return 0;
  };
  hear(1, Spread{}, {{record_of(1), {}}}, 1, 10);
  MemberRecord elsewhere = record_of(1, MemberState::kAlive, kMaxIncarnation);
  elsewhere.address = address_of(100);
  hear(2, Spread{}, {{elsewhere, {}}}, 1, 1);
  const uint64_t sequence = asked(100);
  REQUIRE(sequence != 0);
  hear(1, Ack{sequence, NodeId{}, 0, 0}, {}, uint64_t{1} << 63, 1);
  hear(2, Spread{}, {}, 0, 0);  // old: the next that is old is not asked about
  REQUIRE(asked(2) != 0);
  hear(1, Spread{}, {}, 1, 11);
  CHECK(asked(1) != 0);
}

TEST_CASE("who was given out to be there before it came is heard when the impostor is gone") {
  VirtualNetwork network(58);
  network.count_starts = true;
  network.form(4);
  Impostor impostor(network, 4);
  MemberRecord invented = record_of(4, MemberState::kAlive, kMaxIncarnation);
  invented.address = address_of(100);
  for (size_t to = 0; to < 4; ++to) impostor.tell(to, Spread{}, {{invented, {}}});
  impostor.answer(1);
  REQUIRE(impostor.answers == 4);
  network.start(4);
  network.at(4).join(network.now(), {address_of(0)});
  network.collect(4);
  CHECK(network.run_for(seconds(10), [&] { return network.at(4).members().size() == 4 && network.everybody_sees_everybody(); }));
  CHECK(is_heard(network, 4, "here"));
}

TEST_CASE("neither lies nor copies that make a node ask the dead keep it from finding them out") {
  VirtualNetwork network(54);
  network.count_starts = true;
  network.form(5);
  const auto invention = [](size_t name) {
    return wire::encode(Envelope{kCluster, node_id(5), Spread{}, {{record_of(name, MemberState::kAlive, kMaxIncarnation), {}}}});
  };
  std::vector<std::string> recorded;
  network.on_datagram = [&](size_t from, const Datagram& one) {
    if (from == 2 && recorded.size() < 200) recorded.push_back(one.bytes);
  };
  network.run(seconds(1));
  network.power_off(2);
  const Instant died = network.now();
  forge(network, 2, uint64_t{1} << 63, 1);
  for (size_t next = 0; !network.all_see(2, MemberState::kDead) && network.now() - died < seconds(20); ++next) {
    for (size_t i = 0; i < network.size() + 1; ++i) {
      if (i == 2) continue;
      network.at(i).receive(network.now(), address_of(2), recorded[next % recorded.size()]);
      for (size_t invented = 200; invented < 216; ++invented) {
        network.at(i).receive(network.now(), address_of(4), invention(invented));
      }
      network.collect(i);
    }
    network.run(milliseconds(20));
  }
  CHECK((network.now() - died).ms() < 4'500);
}

TEST_CASE("a table in a member's name keeps out none that the member sends when it is asked") {
  Gossip gossip = lone_node(kStart, 1);
  gossip.receive(kStart, address_of(1), wire::encode(Envelope{kCluster, node_id(1), Spread{}, {{record_of(1), {}}}}));
  const auto told = [&](size_t about, bool reply_wanted, uint64_t start, uint64_t number, uint64_t sequence) {
    const TableSync sync{kCluster, node_id(1), reply_wanted, {record_of(about)}, start, number, sequence};
    gossip.receive_sync(gossip.next_deadline(), wire::encode(sync));
    return gossip.members().contains(node_id(about));
  };
  const auto sent = [&] {
    const Output output = gossip.take_output();
    return output.syncs.empty() ? std::optional<TableSync>() : decode_sync(output.syncs[0].bytes).value();
  };
  CHECK(told(2, false, 7, 50, 0));
  CHECK(told(3, false, uint64_t{1} << 63, 1, 0));  // a lie
  CHECK_FALSE(told(4, false, 7, 51, 0));
  CHECK_FALSE(sent());
  // Its question is answered, since the asker may have been lied to as well; a copy of the question is not, for a while.
  CHECK_FALSE(told(4, true, 7, 52, 99));
  const auto reply = sent();
  REQUIRE(reply);
  CHECK_FALSE(reply->reply_wanted);
  CHECK(reply->sequence == 99);
  CHECK_FALSE(told(4, true, 7, 52, 99));
  CHECK_FALSE(sent());
  std::optional<TableSync> question;
  for (int i = 0; i < 50 && !question; ++i) {  // until the rumours are told
    const Instant next = gossip.next_deadline();
    gossip.tick(next);
    gossip.receive(next, address_of(1), wire::encode(Envelope{kCluster, node_id(1), Ping{1, node_id(0), 12345}, {}}));
    question = sent();
  }
  REQUIRE(question);
  REQUIRE(question->reply_wanted);
  CHECK_FALSE(told(4, false, 7, 53, question->sequence + 1));
  CHECK(told(4, false, 7, 54, question->sequence));
  CHECK_FALSE(told(5, false, 7, 54, question->sequence));
  CHECK_FALSE(told(5, false, 7, 53, 0));
  CHECK(told(5, false, 7, 55, 0));
}

}  // namespace es::gossip::test
