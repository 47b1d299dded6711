#pragma once
// Board: one simulated machine: a disk and containers that outlive the daemon, and the daemon
// itself: the product's own core/driver, over ports that are made of virtual time.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/sim/fast_hash.h"
#include "core/driver/driver.h"
#include "tests/sim/disk.h"
#include "tests/sim/fake_signer.h"
#include "tests/sim/network.h"
#include "tests/sim/scripted_runtime.h"
#include "tests/sim/trace.h"

namespace es::sim {

// What boards share. Owned by the cluster.
struct World {
  Schedule schedule;
  Script script;
  Network network;
  FastHash trace;  // of every event that reached a node, in order
  uint64_t steps = 0;
  std::vector<size_t> touched;      // boards that worked on something since somebody looked
  std::unique_ptr<Trace> readable;  // null: nobody wants to read
  std::map<std::string, size_t> board_by_ip;
  std::map<NodeId, size_t> board_by_node;
  Duration sync_time = milliseconds(1);
  node::ReplicaBounds bounds;
  size_t store_queue_max = Disk::kQueueMax;
  WallTime wall_zero{1'700'000'000'000'000'000};

  World(uint64_t seed, NetworkOptions options) : network(schedule, seed, options) {}
  template <class Words>
  void note(std::string_view who, Words words) {
    if (readable) readable->add(schedule.now(), who, words());
  }
  WallTime wall() const { return wall_zero + (schedule.now() - Instant{0}); }
};

class Board : private ports::Transport, private ports::Clock, private driver::Host {
 public:
  using Answer = std::function<void(Result<orchestrator::CommandAnswer>)>;
  using Peers = std::function<Board&(size_t)>;

  Board(World& world, size_t index, std::string name, NodeDescription description, SocketAddress address, uint64_t seed,
        Peers peers);
  ~Board() override;

  // Makes a cluster of its own.
  void init(const Cluster& cluster, NodeAvailability availability);
  // Asks `manager` to be let in; tries again until it is.
  void join(size_t manager, const std::string& secret, NodeAvailability availability);

  void kill_daemon();    // containers go on
  void power_off();      // nothing goes on
  void start();          // the daemon, on a board that has power
  // `init --force-new-cluster` on this manager. Pre: the daemon does not run.
  void force_new_cluster();
  bool is_up() const { return driver_ != nullptr; }
  bool is_member() const { return !membership_lost_ && node::Node::membership_on(disk_.content()).value().has_value(); }

  void command(orchestrator::Command command, Answer answer);
  void read(std::function<void(Status)> answer);

  const std::string& name() const { return name_; }
  size_t index() const { return index_; }
  NodeId id() const { return id_; }
  // Null while the daemon does not run.
  const node::Node* node() const { return driver_ ? &driver_->node() : nullptr; }
  ScriptedRuntime& runtime() { return runtime_; }
  const ScriptedRuntime& runtime() const { return runtime_; }
  const SocketAddress& address() const { return address_; }

  // What happened on this board that nothing below should allow; empty: all is well.
  const std::string& violation() const { return violation_; }

  void handle(node::EventBody body);
  void looked_at() { touched_ = false; }
  void peer_broke(size_t peer, ports::Channel channel);

  // --- what befalls a board
  // A new DHCP lease: its connections end, and who knows the old address knows nothing.
  void move(const std::string& ip);
  // The board's own idea of the time of day is so much beside the truth.
  void set_wall_error(Duration error) { wall_error_ = error; }
  // The card is new and empty. Pre: !is_up().
  void wipe();
  Disk& disk() { return disk_; }
  FakeSigner& signer() { return signer_; }
  const Disk& disk() const { return disk_; }
  const NodeDescription& description() const { return description_; }
  // Raised by each start and each death of the daemon.
  uint64_t life() const { return life_; }
  // When it last came up, went down or moved.
  Instant changed_at() const { return changed_at_; }
  // What changed in this manager's tables since the last call.
  std::vector<state::Event> take_news() { return std::exchange(news_, {}); }
  bool has_power() const { return powered_; }

 private:
  // ports::Transport
  Status send(NodeId to, const SocketAddress& address, ports::Channel channel, std::string bytes) override;
  void reply(uint64_t connection, std::string bytes) override;
  void disconnect(NodeId node) override;
  void close() override {}
  void send_datagram(const SocketAddress& to, std::string_view bytes) override;
  void send_sync(const SocketAddress& to, std::string_view bytes) override;
  void use_gossip_keys(const std::vector<std::string>& keys) override { gossip_keys_ = keys; }
  void answer_seekers(Managers) override {}
  void seek_managers() override;
  // ports::Clock
  Instant now() const override { return world_.schedule.now(); }
  WallTime wall() const override { return world_.wall() + wall_error_; }
  void wake_at(Instant at) override;
  // driver::Host
  void log(std::string line) override;
  void changed(const state::Event& change) override { news_.push_back(change); }
  void log_message(NodeId, driver::Envelope) override {}
  void log_peer_lost(NodeId) override {}
  void ended(std::string reason) override;
  void working_on(const node::Event& event) override;
  void carrying_out(const node::Effect& effect) override;

  void touch();
  bool opens(const std::string& key) const;
  void ask_to_join();
  void joined(std::string_view answer);
  void deliver(const PeerIdentity& from, NodeId to, std::string_view bytes);
  // Runs `action` unless the daemon died meanwhile.
  std::function<void()> while_alive(std::function<void()> action);

  World& world_;
  const size_t index_;
  const std::string name_;
  NodeDescription description_;
  SocketAddress address_;
  Prng seeds_;
  Peers peers_;
  Disk disk_;
  FakeSigner signer_;
  ScriptedRuntime runtime_;
  ScriptedImages images_;
  NodeId id_;
  std::vector<std::string> gossip_keys_;   // the first seals, all open
  uint64_t life_ = 0;  // of the daemon
  Instant wake_at_ = kNever;
  bool powered_ = true;
  bool membership_lost_ = false;
  bool touched_ = false;
  Duration wall_error_;
  Instant changed_at_;
  std::vector<state::Event> news_;
  std::map<NodeId, SocketAddress> dialled_;  // where a node was told to be, last
  struct Joining {
    size_t manager = 0;
    std::string secret;
    NodeAvailability availability = NodeAvailability::kActive;
  };
  std::optional<Joining> joining_;
  std::string violation_;
  // Who waits for an answer is told nothing once this is gone.
  std::shared_ptr<bool> exists_ = std::make_shared<bool>(true);
  std::shared_ptr<driver::Driver> driver_;
};

}  // namespace es::sim
