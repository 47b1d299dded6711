// Boards that come back under other addresses, as with DHCP at every reboot.

#include <doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/node/node_liveness.h"
#include "tests/unit/node/swarm.h"

namespace es::sim {

namespace {

constexpr Duration kHealing = seconds(60);

void form_and_settle(Cluster& cluster, size_t managers, size_t workers) {
  form(cluster, managers, workers);
  cluster.run(seconds(15));  // what they know of each other is on their disks
}

std::string next_ip() {
  static int last = 0;
  ++last;
  return "10.99." + std::to_string(last / 250) + "." + std::to_string(last % 250 + 1);
}

void move(Cluster& cluster, Board& board) {
  cluster.power_off(board);
  cluster.run(seconds(1));
  cluster.readdress(board, next_ip());
  cluster.start(board);
}

// All that have power are ready, and know where every manager is.
bool is_whole(Cluster& cluster) {
  Board* leader = cluster.leader();
  if (leader == nullptr) return false;
  for (size_t i = 0; i < cluster.size(); ++i) {
    const Board& board = cluster.board(i);
    const NodeState state = leader->node()->liveness(board.id());
    if (state != (board.is_up() ? NodeState::kReady : NodeState::kDown)) return false;
    if (!board.is_up()) continue;
    const auto managers = board.node()->managers();
    for (size_t j = 0; j < cluster.size(); ++j) {
      const Board& other = cluster.board(j);
      if (!other.is_up() || other.node()->tables() == nullptr) continue;
      const auto known = std::find_if(managers.begin(), managers.end(), [&](const auto& one) { return one.node == other.id(); });
      if (known == managers.end() || known->address != other.address()) return false;
    }
  }
  return true;
}

NetworkOptions network(bool udp) {
  NetworkOptions options;
  if (!udp) options.datagram_loss_per_mille = 1'000;
  return options;
}

}  // namespace

TEST_CASE("a manager alone moves: its workers find it again, and those that are off meanwhile are down and come back") {
  for (const bool udp : {true, false}) {
    CAPTURE(udp);
    Cluster cluster({.seed = 51, .network = network(udp), .sync_time = milliseconds(1)});
    form_and_settle(cluster, 1, 3);
    Board& manager = *cluster.find("m1");
    Board& away = *cluster.find("w2");
    cluster.power_off(manager);
    cluster.power_off(away);
    cluster.run(seconds(2));
    cluster.readdress(manager, next_ip());
    cluster.start(manager);
    CHECK(cluster.run_until(kHealing, [&] { return is_whole(cluster); }));
    cluster.start(away);  // all that it knows is an address where nobody is
    CHECK(cluster.run_until(kHealing, [&] { return is_whole(cluster); }));
    CHECK(cluster.violation().empty());
  }
}

TEST_CASE("three managers move one at a time, and a power cut after that finds them all again") {
  for (const bool udp : {true, false}) {
    CAPTURE(udp);
    Cluster cluster({.seed = 52, .network = network(udp), .sync_time = milliseconds(1)});
    form_and_settle(cluster, 3, 2);
    for (const char* name : {"m1", "m2", "m3"}) {
      CAPTURE(name);
      move(cluster, *cluster.find(name));
      CHECK(cluster.run_until(kHealing, [&] { return is_whole(cluster); }));
    }
    cluster.run(seconds(15));
    for (size_t i = 0; i < cluster.size(); ++i) cluster.power_off(cluster.board(i));
    cluster.run(seconds(5));
    for (size_t i = 0; i < cluster.size(); ++i) cluster.start(cluster.board(i));
    // Nobody moved: what is on the disks is right, and no search is needed.
    CHECK(cluster.run_until(node::kSeekAfter, [&] { return is_whole(cluster); }));
    CHECK(cluster.violation().empty());
  }
}

TEST_CASE("all boards move while all are off") {
  for (const bool udp : {true, false}) {
    for (uint64_t seed = 53; seed < 58; ++seed) {
      CAPTURE(udp);
      CAPTURE(seed);
      Cluster cluster({.seed = seed, .network = network(udp), .sync_time = milliseconds(1)});
      form_and_settle(cluster, 3, 2);
      for (size_t i = 0; i < cluster.size(); ++i) cluster.power_off(cluster.board(i));
      cluster.run(seconds(2));
      // They also swap: where one was, another answers now.
      std::vector<std::string> ips;
      for (size_t i = 0; i < cluster.size(); ++i) ips.push_back(cluster.board(i).address().ip);
      for (size_t i = 0; i < cluster.size(); ++i) {
        cluster.readdress(cluster.board(i), i < 2 ? ips[(i + 1) % ips.size()] : next_ip());
      }
      for (size_t i = 0; i < cluster.size(); ++i) {
        cluster.start(cluster.board(i));
        cluster.run(seconds(static_cast<int64_t>(seed % 3)));
      }
      CHECK(cluster.run_until(kHealing, [&] { return is_whole(cluster); }));
      CHECK(cluster.violation().empty());
    }
  }
}

TEST_CASE("the leader moves while workers are off: they are down within the bound") {
  for (const bool udp : {true, false}) {
    CAPTURE(udp);
    Cluster cluster({.seed = 59, .network = network(udp), .sync_time = milliseconds(1)});
    form_and_settle(cluster, 3, 2);
    Board& leader = *cluster.leader();
    cluster.power_off(leader);
    cluster.power_off(*cluster.find("w4"));
    cluster.run(milliseconds(200));
    cluster.power_off(*cluster.find("w5"));
    cluster.readdress(leader, next_ip());
    cluster.start(leader);
    CHECK(cluster.run_until(node::kSessionSilence + seconds(6), [&] { return is_whole(cluster); }));
  }
}

TEST_CASE("a lease that changes under a running node is told to the others") {
  Cluster cluster({.seed = 60, .network = {}, .sync_time = milliseconds(1)});
  form_and_settle(cluster, 3, 1);
  Board& board = *cluster.find("m2");
  board.handle(node::AddressChanged{{"10.98.0.1", 2377}});
  CHECK(cluster.run_until(seconds(10), [&] {
    for (size_t i = 0; i < cluster.size(); ++i) {
      const auto managers = cluster.board(i).node()->managers();
      const auto known = std::find_if(managers.begin(), managers.end(), [&](const auto& one) { return one.node == board.id(); });
      if (known == managers.end() || known->address.ip != "10.98.0.1") return false;
    }
    return cluster.tables()->node(board.id())->address.ip == "10.98.0.1";
  }));
}

}  // namespace es::sim
