#pragma once
// VirtualNetwork: several Gossips under one virtual clock and one seed, with loss, delay, cuts,
// pauses and power loss. Nothing sleeps.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/gossip/gossip.h"

namespace es::gossip::test {

inline NodeId node_id(size_t index) { return NodeId{{0, index + 1}}; }
inline SocketAddress address_of(size_t index) {
  return {"10.0." + std::to_string(index / 200) + "." + std::to_string(index % 200 + 1), 7946};
}
inline MemberRecord record_of(size_t index, MemberState state = MemberState::kAlive, uint64_t incarnation = 0) {
  return {node_id(index), state, incarnation, address_of(index), ""};
}
constexpr ClusterId kCluster{{7, 7}};
constexpr Instant kStart{1'000'000'000};
// Node 0, alone.
inline Gossip lone_node(Instant now = kStart, uint64_t start = 0) {
  Options options;
  options.self = node_id(0);
  options.cluster = kCluster;
  options.address = address_of(0);
  options.start = start;
  return Gossip(options, now);
}

class VirtualNetwork {
 public:
  struct Event {
    Instant at;
    size_t by = 0;
    MemberRecord record;
  };

  explicit VirtualNetwork(uint64_t seed) : prng_(seed) {}

  // The node with this index starts with an empty table, as after a boot.
  void start(size_t index);
  // Starts nodes 0..count-1, lets all join the first and runs until every table is whole.
  void form(size_t count);
  void power_off(size_t index) { hosts_.erase(index); }
  // Until then the node neither ticks nor reads; what arrives waits in its socket.
  void pause(size_t index, Duration time) { hosts_.at(index).paused_until = now_ + time; }
  void set_loss_percent(uint64_t percent) { loss_percent_ = percent; }
  void set_sync_works(bool works) { sync_works_ = works; }
  // Nodes in different groups do not hear each other; nodes in no group hear all.
  void cut(std::vector<std::set<size_t>> groups) { groups_ = std::move(groups); }
  void cut_one_way(size_t from, size_t to) { one_way_cuts_.insert({from, to}); }
  void heal() {
    groups_.clear();
    one_way_cuts_.clear();
  }

  void run(Duration time) {
    run_until(now_ + time, [] { return false; });
  }
  // True as soon as `done`, false when the time is over.
  bool run_until(Instant end, const std::function<bool()>& done);
  bool run_for(Duration time, const std::function<bool()>& done) {
    return run_until(now_ + time, done);
  }

  Instant now() const { return now_; }
  Gossip& at(size_t index) { return *hosts_.at(index).gossip; }
  size_t size() const { return hosts_.size(); }
  // What `by` thinks of `about`; kLeft for one it never heard of.
  MemberState state(size_t by, size_t about) const;
  bool all_see(size_t about, MemberState state) const;
  bool everybody_sees_everybody() const;
  void collect(size_t index);

  std::vector<Event> events;
  std::function<void(size_t from, const Datagram&)> on_datagram = [](size_t, const Datagram&) {};
  bool count_starts = false;  // every node numbers its starts, and so what it says
  uint64_t datagrams = 0;
  uint64_t syncs = 0;
  size_t largest_datagram_bytes = 0;

 private:
  struct Host {
    std::unique_ptr<Gossip> gossip;
    Instant paused_until;
  };
  struct Delivery {
    size_t from = 0;
    size_t to = 0;
    bool sync = false;
    std::string bytes;
  };

  bool connected(size_t from, size_t to) const;
  size_t index_of(const SocketAddress& address) const;
  void deliver(const Delivery& delivery);

  Prng prng_;
  std::map<size_t, uint64_t> starts_;
  Instant now_ = kStart;
  std::map<size_t, Host> hosts_;
  std::multimap<Instant, Delivery> on_the_wire_;
  std::vector<std::set<size_t>> groups_;
  std::set<std::pair<size_t, size_t>> one_way_cuts_;
  uint64_t loss_percent_ = 0;
  bool sync_works_ = true;
};

}  // namespace es::gossip::test
