#pragma once
// Board: one simulated machine: a disk and containers that outlive the daemon, and the daemon itself: a real core/node, driven by virtual
// time. What services/daemon does with sockets and files, this does with the simulation's.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/hash.h"
#include "core/node/node.h"
#include "tests/sim/disk.h"
#include "tests/sim/network.h"
#include "tests/sim/scripted_runtime.h"

namespace es::sim {

// What boards share. Owned by the cluster.
struct World {
  Schedule schedule;
  Script script;
  Network network;
  Hash64 trace;  // of every event that reached a node, in order
  uint64_t steps = 0;
  std::map<std::string, size_t> board_by_ip;
  std::map<NodeId, size_t> board_by_node;
  std::function<size_t(size_t)> board_count;
  Duration sync_time = milliseconds(1);
  WallTime wall_zero{1'700'000'000'000'000'000};

  World(uint64_t seed, NetworkOptions options) : network(schedule, seed, options) {}
  WallTime wall() const { return wall_zero + (schedule.now() - Instant{0}); }
};

class Board {
 public:
  using Answer = std::function<void(Result<orchestrator::CommandAnswer>)>;
  using Peers = std::function<Board&(size_t)>;

  Board(World& world, size_t index, std::string name, NodeDescription description, SocketAddress address, uint64_t seed,
        Peers peers);

  // Makes a cluster of its own.
  void init(const Cluster& cluster, NodeAvailability availability);
  // Asks `manager` to be let in; tries again until it is.
  void join(size_t manager, const std::string& secret, NodeAvailability availability);

  void kill_daemon();    // containers go on
  void power_off();      // nothing goes on
  void start();          // the daemon, on a board that has power
  bool is_up() const { return node_ != nullptr; }
  bool is_member() const { return !membership_lost_ && node::Node::membership_on(disk_.content()).value().has_value(); }

  void command(orchestrator::Command command, Answer answer);
  void read(std::function<void(Status)> answer);

  const std::string& name() const { return name_; }
  size_t index() const { return index_; }
  NodeId id() const { return id_; }
  const node::Node* node() const { return node_.get(); }
  ScriptedRuntime& runtime() { return runtime_; }
  const ScriptedRuntime& runtime() const { return runtime_; }
  const SocketAddress& address() const { return address_; }

  // What happened on this board that nothing below should allow; empty: all is well.
  const std::string& violation() const { return violation_; }

  void handle(node::EventBody body);
  void peer_broke(size_t peer);

 private:
  void carry_out(node::Effects& effects);
  void carry_out(node::SendMessage& effect);
  void carry_out(node::AnswerStranger& effect);
  void carry_out(node::SendDatagram& effect);
  void carry_out(node::SendSync& effect);
  void carry_out(node::Persist& effect);
  void carry_out(node::AnswerCommand& effect);
  void carry_out(node::AnswerRead& effect);
  void carry_out(node::SignCertificate& effect);
  void carry_out(node::MakeSigningRequest& effect);
  void carry_out(node::InstallCertificate& effect);
  void carry_out(node::Disconnect&) {}
  void carry_out(node::UseGossipKeys&) {}
  void carry_out(node::ForgetCluster& effect);
  void carry_out(node::Log&) {}
  void carry_out(agent::PrepareTask& effect);
  void carry_out(agent::StartContainer& effect);
  void carry_out(agent::StopContainer& effect);
  void carry_out(agent::RemoveContainer& effect);
  void wake(Instant at);
  void ask_to_join();
  void joined(const wire::JoinReply& reply);
  // Runs `action` unless the daemon died meanwhile.
  std::function<void()> while_alive(std::function<void()> action);
  void trace(const node::EventBody& body);

  World& world_;
  const size_t index_;
  const std::string name_;
  NodeDescription description_;
  SocketAddress address_;
  Prng seeds_;
  Peers peers_;
  Disk disk_;
  ScriptedRuntime runtime_;
  std::unique_ptr<node::Node> node_;
  NodeId id_;
  NodeRole certificate_role_ = NodeRole::kWorker;
  uint64_t life_ = 0;  // of the daemon
  Instant wake_at_ = kNever;
  bool membership_lost_ = false;
  bool stepping_ = false;
  std::deque<node::EventBody> inbox_;
  std::map<uint64_t, Answer> commands_;
  std::map<uint64_t, std::function<void(Status)>> reads_;
  uint64_t last_request_ = 0;
  struct Joining {
    size_t manager = 0;
    std::string secret;
    NodeAvailability availability = NodeAvailability::kActive;
  };
  std::optional<Joining> joining_;
  std::string violation_;
};

}  // namespace es::sim
