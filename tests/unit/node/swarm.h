#pragma once
// What tests of whole nodes begin with: a swarm that has formed, and words to ask it.

#include <doctest.h>

#include <string>
#include <vector>

#include "tests/sim/cluster.h"

namespace es::sim {

inline NodeDescription board_description() {
  NodeDescription description;
  description.platform = {"arm64", "linux", "v8"};
  description.resources.cpu_nano = 4'000'000'000;
  description.resources.memory_bytes = 1 << 30;
  return description;
}

inline size_t voters(Cluster& cluster) {
  Board* leader = cluster.leader();
  return leader == nullptr ? 0 : leader->node()->replica()->raft().config().voters.size();
}

inline Cluster& form(Cluster& cluster, size_t managers, size_t workers) {
  for (size_t i = 0; i < managers + workers; ++i) {
    const bool manager = i < managers;
    cluster.add((manager ? "m" : "w") + std::to_string(i + 1), board_description(),
                manager ? NodeRole::kManager : NodeRole::kWorker);
    cluster.run(seconds(1));
  }
  REQUIRE(cluster.run_until(seconds(20), [&] { return voters(cluster) == managers; }));
  return cluster;
}

// The first boards, which are managers, but the one that leads.
inline std::vector<Board*> others(Cluster& cluster, size_t managers) {
  std::vector<Board*> boards;
  for (size_t i = 0; i < managers; ++i) {
    if (&cluster.board(i) != cluster.leader()) boards.push_back(&cluster.board(i));
  }
  return boards;
}

// With `padding` bytes of environment.
inline ServiceSpec service(const std::string& name, size_t padding = 0) {
  ServiceSpec spec;
  spec.name = name;
  spec.task.container.image = "steady";
  if (padding > 0) spec.task.container.env.push_back("X=" + std::string(padding, 'x'));
  spec.mode.replicated = ReplicatedMode{0};
  return spec;
}

// The role that the leader's tables and the node's own certificate agree on.
inline bool is_voter(Cluster& cluster, const Board& board) {
  Board* leader = cluster.leader();
  if (leader == nullptr || board.node() == nullptr) return false;
  const auto raft_id = leader->node()->replica()->raft_id_of(board.id());
  return raft_id && raft::is_voter(leader->node()->replica()->raft().config(), *raft_id) &&
         board.node()->tables() != nullptr;
}

// An update of the node as the leader's tables have it.
template <class Edit>
orchestrator::UpdateNode update_of(Cluster& cluster, const Board& board, Edit edit) {
  const auto node = cluster.tables()->node(board.id());
  NodeSpec spec = node->spec;
  edit(spec);
  return {board.id(), node->meta.version, std::move(spec)};
}

inline orchestrator::UpdateNode role_of(Cluster& cluster, const Board& board, NodeRole role) {
  return update_of(cluster, board, [role](NodeSpec& spec) { spec.role = role; });
}

inline Result<orchestrator::CommandAnswer> set_role(Cluster& cluster, const Board& board, NodeRole role) {
  return cluster.command(role_of(cluster, board, role));
}

}  // namespace es::sim
