#pragma once
// Replica: a manager's copy of the replicated tables, and its part in keeping the copies equal: raft on one side, state on the other, the
// disk below. It decides nothing about the cluster; the leader does (leader.h).

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/node/step.h"
#include "core/ports/store.h"
#include "core/raft/raft.h"
#include "core/state/tables.h"

namespace es::node {

// A tick of raft. With the election timeouts below a dead leader is replaced in 0.5 to 1 s, and a heartbeat costs ten small messages a
// second.
constexpr Duration kRaftTick = milliseconds(100);
constexpr int kElectionTicks = 5;
constexpr int kHeartbeatTicks = 1;

// A snapshot is taken when the log since the last one has grown beyond either: it bounds memory, the disk, and the time of a restart.
constexpr size_t kSnapshotEntries = 1'000;
constexpr size_t kSnapshotBytes = 1u << 20;

// An entry was applied to the tables; `change` may have been refused by them.
struct AppliedEntry {
  raft::Index index = 0;
  state::ChangeId id;
  std::optional<Error> refused;
};

struct ReplicaOutput {
  std::vector<AppliedEntry> applied;
  std::vector<state::Event> events;  // what changed in the tables, in order
  bool restored = false;             // the tables were replaced as a whole
  std::vector<raft::ReadResult> reads;
  bool standing_changed = false;
};

class Replica {
 public:
  // `loaded` is what the disk gave back; an empty one for a manager that begins. Errors: kCorrupt.
  static Result<std::unique_ptr<Replica>> start(uint64_t raft_id, uint64_t seed, const ports::Loaded& loaded);

  // The bytes on disk with which the very first manager of a cluster begins: a snapshot that holds the first objects.
  static ports::Batch first_batch(uint64_t raft_id, const state::Change& first_objects);

  void receive(NodeId from, const SocketAddress& address, const raft::Message& message);
  // The raft id of the member that runs on the node is asked around for soon.
  void peer_lost(NodeId node);
  void tick(Instant now);

  Result<raft::Index> propose(const state::Change& change) { return raft_.propose(wire_bytes(change)); }
  raft::Raft& raft() { return raft_; }
  const raft::Raft& raft() const { return raft_; }
  const state::Tables& tables() const { return tables_; }
  raft::Index applied_index() const { return applied_; }

  // Carries out what raft wants, until it wants nothing more. `next_persist` numbers the node's writes; `writes` remembers raft's number of
  // each.
  ReplicaOutput pump(Step& step, uint64_t& next_persist);

  Instant next_deadline() const { return quiet() ? kNever : next_tick_; }

  // Where a member of raft can be reached: what this node has learned is fresher than the tables.
  std::optional<wire::ManagerAddress> address_of(uint64_t raft_id) const;
  std::optional<uint64_t> raft_id_of(NodeId node) const;
  // See Node::set_managers.
  void add_address(const wire::ManagerAddress& manager) { addresses_[manager.raft_id] = manager; }
  // All managers in the tables, this one too.
  std::vector<wire::ManagerAddress> managers() const;

  bool leads() const { return raft_.role() == raft::Role::kLeader; }
  std::optional<wire::ManagerAddress> leader() const;
  // True when the Persisted event with this id was a write of raft's.
  bool owns_write(uint64_t persist_id) const { return !writes_.empty() && writes_.front().first == persist_id; }
  void write_done(uint64_t persist_id, const Status& status);

 private:
  Replica(raft::Raft raft) : raft_(std::move(raft)) {}

  static std::string wire_bytes(const state::Change& change);
  void persist(Step& step, raft::Persist batch, uint64_t& next_persist);
  void apply(const raft::Entry& entry, ReplicaOutput& out);
  void compact_if_long();
  // One voter that leads and nobody to tell: time has nothing to decide, so the board may sleep.
  bool quiet() const;

  raft::Raft raft_;
  state::Tables tables_;
  raft::Index applied_ = 0;
  size_t applied_bytes_ = 0;  // since the last snapshot
  size_t applied_entries_ = 0;
  std::map<uint64_t, wire::ManagerAddress> addresses_;  // learned outside of the tables
  std::deque<std::pair<uint64_t, uint64_t>> writes_;    // (id of the node's write, id of raft's batch)
  Instant next_tick_{0};
};

// Facts on disk.
constexpr const char* kMembershipFact = "membership";
constexpr const char* kLostFact = "raft/lost";

}  // namespace es::node
