#pragma once
// ClusterWorld: the simulated cluster of a scenario, by the names that the scenario uses.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/state/tables.h"
#include "tests/sim/cluster.h"

namespace es::scenario {

class ClusterWorld {
 public:
  ClusterWorld();

  // Before anything else. Errors: kInvalid when the managers are there already.
  Status set_managers(uint64_t count);

  // A board joins and becomes ready, or joins and never comes up. Errors: kInvalid for a name that
  // is taken; kTimeout.
  Status add_node(const std::string& name, const NodeDescription& description, const NodeSpec& spec,
                  std::string ip, bool comes_up);

  // Errors of all that take a name: kInvalid when nothing is called so.
  Result<sim::Board*> board(const std::string& name);
  Result<state::Ref<Node>> node(const std::string& name);
  Result<state::Ref<Service>> service(const std::string& name);
  // As the leader sees it; unknown without one.
  NodeState node_state(NodeId id);
  std::string node_name(NodeId id);

  // Sends the command to the leader; `make` is asked again when somebody else changed the object in
  // between.
  Status command(const std::function<Result<orchestrator::Command>()>& make);
  void run(Duration time);

  // The sound of a cluster: a board loses its power, comes back, is cut off.
  void power_off(sim::Board& board) { cluster_.power_off(board); }
  void power_on(sim::Board& board);
  void cut(sim::Board& board) { cluster_.cut(board); }
  void block_gossip(const sim::Board& board) { cluster_.world().network.block_datagrams(board.index()); }
  void heal() { cluster_.heal(); }
  // Errors: kInvalid when nobody leads.
  Status take_leader_down();
  // Brings back the managers that were taken down so.
  Status bring_managers_up();

  Status kill_container(TaskId task, int64_t code);
  sim::Script& script() { return cluster_.world().script; }

  // The tables of the leader, or of any manager that is up. Errors: kInvalid when there is none.
  Result<const state::Tables*> tables();
  // Of the newest task first: "web.1" names a slot, "web@n1" a node. Errors: kInvalid.
  Result<std::vector<state::Ref<Task>>> tasks_of_place(const std::string& place);

  void mark();
  uint64_t started_since_mark(const std::string& service);

  // Empty while nothing unsound was ever seen.
  std::string unsoundness();

 private:
  Status start_managers();
  bool is_ready(const std::string& name);
  void observe();
  void check_slots(const state::Tables& tables);

  sim::Cluster cluster_;
  uint64_t manager_count_ = 1;
  bool managers_started_ = false;
  std::vector<sim::Board*> fallen_leaders_;
  std::map<TaskId, std::string> service_of_;  // of every task ever seen
  size_t mark_ = 0;                           // containers that had started by then
  std::string unsound_;
};

}  // namespace es::scenario
