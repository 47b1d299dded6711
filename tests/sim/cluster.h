#pragma once
// Cluster: a whole simulated cluster under one seed. Scenario files and the seed runner drive it; everything that decides in it is the real
// code of core/.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/board.h"
#include "tests/sim/invariants.h"

namespace es::sim {

struct ClusterOptions {
  uint64_t seed = 1;
  NetworkOptions network;
  Duration sync_time = milliseconds(1);
  // Small ones make rare paths common.
  node::ReplicaBounds bounds = {};
  size_t store_queue_max = Disk::kQueueMax;
};

class Cluster {
 public:
  explicit Cluster(ClusterOptions options);

  // The first board makes the cluster; each further one joins with the token of its role. Returns at once: run until it is in.
  Board& add(const std::string& name, NodeDescription description, NodeRole role,
             NodeAvailability availability = NodeAvailability::kActive, std::string ip = {});
  Board& board(size_t index) { return *boards_[index]; }
  Board* find(const std::string& name);
  size_t size() const { return boards_.size(); }

  void run(Duration time);
  // False when `time` passed without it.
  bool run_until(Duration time, const std::function<bool()>& condition);
  World& world() { return *world_; }

  // Null when nobody leads. Of two that believe it, the one of the higher term.
  Board* leader();
  // The tables of the leader, else of any manager that is up, else nothing.
  const state::Tables* tables();
  // Asks through the leader and waits for the answer.
  Result<orchestrator::CommandAnswer> command(orchestrator::Command command);

  void kill_daemon(Board& board);
  void power_off(Board& board);
  void start(Board& board);
  // It lost its power and comes back, later, under another address.
  void readdress(Board& board, const std::string& ip) { board.move(ip); }
  void cut(Board& board);
  void heal();

  // The invariants that hold always; checked after every step of virtual time by run(). Empty: none was ever broken.
  const std::string& violation() const { return invariants_.violation(); }
  uint64_t trace_hash() const { return world_->trace.value(); }

 private:
  void look();

  ClusterOptions options_;
  Prng prng_;
  std::unique_ptr<World> world_;
  std::vector<std::unique_ptr<Board>> boards_;
  JoinSecrets secrets_;
  Invariants invariants_;
  Instant next_liveness_check_;
};

}  // namespace es::sim
