// `init --force-new-cluster`: the way back when most managers are lost for good. Of what this manager's disk holds nothing is left out: an entry
// of which it does not know whether a majority had it may have been acknowledged, so it counts.

#include <algorithm>
#include <utility>

#include "core/node/node.h"
#include "core/wire/codec.h"

namespace es::node {

namespace {

// Who else was a manager is a worker now; this node gets a raft id of its own, so that nothing that the old group still says fits it.
state::Change only_manager(const state::Tables& tables, NodeId self, const SocketAddress& address, WallTime wall) {
  state::Change change;
  change.id = {self, 0};
  change.stamped_at = wall;
  Cluster cluster = *tables.cluster();
  const uint64_t raft_id = cluster.next_raft_id++;
  change.actions.emplace_back(std::move(cluster));
  for (const auto& [id, known] : tables.rows<es::Node>()) {
    es::Node node = *known;
    if (id == self) {
      node.spec.role = NodeRole::kManager;
      node.certificate_role = NodeRole::kManager;
      node.manager = ManagerInfo{raft_id};
      if (!address.empty()) node.address = address;
    } else {
      node.spec.role = NodeRole::kWorker;
      node.manager.reset();
    }
    if (!(node == *known)) change.actions.emplace_back(std::move(node));
  }
  return change;
}

}  // namespace

Result<ports::Batch> Node::forced_new_cluster(const ports::Loaded& loaded, const SocketAddress& address,
                                              WallTime wall) {
  ES_TRY(std::optional<wire::Membership> membership, membership_on(loaded));
  if (!membership || membership->role != NodeRole::kManager) {
    return Error{Errc::kPrecondition,
                 "only a manager can force a new cluster: this node does not hold the swarm's state"};
  }
  ES_TRY(state::Tables tables, Replica::tables_on(loaded));
  if (!tables.cluster() || !tables.node(membership->node)) {
    return Error{Errc::kPrecondition,
                 "this manager had not received the swarm's state yet, so no new cluster can be made of it"};
  }
  // Whatever else the log held after the last change (no-ops, configurations) counts as an index too.
  uint64_t last_index = tables.index();
  if (loaded.snapshot) last_index = std::max(last_index, loaded.snapshot->index);
  if (!loaded.entries.empty()) last_index = std::max(last_index, loaded.entries.back().index);
  const state::Change change = only_manager(tables, membership->node, address, wall);
  if (const state::Applied applied = tables.apply(last_index + 1, change); applied.refused) return *applied.refused;

  const auto self = tables.node(membership->node);
  membership->raft_id = self->manager->raft_id;
  membership->address = self->address;
  membership->managers = {{self->id, self->manager->raft_id, self->address}};
  membership->gossip_keys = tables.cluster()->gossip_keys;
  ports::Batch batch = Replica::only_member_batch(membership->raft_id, tables, loaded);
  batch.facts[kMembershipFact] = wire::encode(*membership);
  return batch;
}

}  // namespace es::node
