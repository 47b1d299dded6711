#pragma once
// Replica: a manager's copy of the replicated tables, and its part in keeping the copies equal: raft on one side, state on the other, the
// disk below. It decides nothing about the cluster; the leader does (leader.h).

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/node/history.h"
#include "core/node/step.h"
#include "core/node/write_queue.h"
#include "core/ports/store.h"
#include "core/raft/raft.h"
#include "core/state/bounds.h"
#include "core/state/tables.h"

namespace es::node {

// A tick of raft. With the election timeouts below a dead leader is replaced in 0.5 to 1 s, and a heartbeat costs ten small messages a
// second.
constexpr Duration kRaftTick = milliseconds(100);
constexpr int kElectionTicks = 5;
constexpr int kHeartbeatTicks = 1;

// The log since the last snapshot, in memory; and one entry of it, a whole change.
constexpr size_t kMaxLogBytes = 8u << 20;
constexpr size_t kMaxEntryBytes = state::kMaxChangeBytes + 1024;

// Of the tables, with what follows from commands: a larger one is sent to nobody.
constexpr size_t kMaxSnapshotBytes = 4 * state::kMaxStateBytes;

// A snapshot is taken when the log since the last one has grown beyond either: it bounds memory, the disk, and the time of a restart.
constexpr size_t kSnapshotEntries = 1'000;
constexpr size_t kSnapshotBytes = 1u << 20;
// A large state is written less often, or a busy cluster would write little else: the bounds grow with the last snapshot, up to so many times.
constexpr size_t kSnapshotPatience = 4;
static_assert(kSnapshotPatience * kSnapshotBytes < kMaxLogBytes);
// So much of the log stays in memory behind a snapshot, so that a manager that is a little behind needs no snapshot.
constexpr size_t kTrailingEntries = 1'000;
constexpr size_t kTrailingBytes = 1u << 20;

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
  raft::Index diverged = 0;  // see raft::Output
  bool standing_changed = false;
};

// The simulator makes them small, so that what is rare with these is common.
struct ReplicaBounds {
  size_t snapshot_entries = kSnapshotEntries;
  size_t snapshot_bytes = kSnapshotBytes;
  size_t trailing_entries = kTrailingEntries;
};

class Replica {
 public:
  // `loaded` is what the disk gave back; an empty one for a manager that begins. Errors: kCorrupt.
  static Result<std::unique_ptr<Replica>> start(uint64_t raft_id, uint64_t seed, const ports::Loaded& loaded,
                                                const ReplicaBounds& bounds = {});

  // The bytes on disk with which the very first manager of a cluster begins: a snapshot that holds the first objects.
  static ports::Batch first_batch(uint64_t raft_id, const state::Change& first_objects);

  // The tables at the end of the log on this disk, whether that is committed or not. Errors: kCorrupt.
  static Result<state::Tables> tables_on(const ports::Loaded& loaded);
  // The bytes on disk with which `raft_id` begins as the only member, with these tables, after what the disk held until now.
  static ports::Batch only_member_batch(uint64_t raft_id, const state::Tables& tables, const ports::Loaded& loaded);

  void receive(NodeId from, const SocketAddress& address, const raft::Message& message);
  // The raft id of the member that runs on the node is asked around for soon.
  void peer_lost(NodeId node);
  void tick(Instant now);

  // Errors: those of Raft::propose; kInvalid for a change that can never be written.
  Result<raft::Index> propose(const state::Change& change);
  // True when the log has room for any change.
  bool has_room() const { return raft_.log().bytes() + kMaxEntryBytes + raft::kEntryOverheadBytes <= kMaxLogBytes; }
  raft::Raft& raft() { return raft_; }
  const raft::Raft& raft() const { return raft_; }
  const state::Tables& tables() const { return tables_; }
  const History& history() const { return history_; }
  raft::Index applied_index() const { return applied_; }
  // About as many as a snapshot taken now would have.
  size_t state_bytes() const { return static_cast<size_t>(std::max<int64_t>(0, static_cast<int64_t>(snapshot_bytes_) + grown_bytes_)); }

  // Carries out what raft wants, until it wants nothing more.
  ReplicaOutput pump(Step& step, WriteQueue& writes);

  Instant next_deadline() const { return halted_ || quiet() ? kNever : next_tick_; }

  // Where a member of raft can be reached: what this node has learned is fresher than the tables.
  std::optional<wire::ManagerAddress> address_of(uint64_t raft_id) const;
  std::optional<uint64_t> raft_id_of(NodeId node) const;
  // See Node::set_managers.
  void add_address(const wire::ManagerAddress& manager) { addresses_[manager.raft_id] = manager; }
  // All managers in the tables, this one too.
  std::vector<wire::ManagerAddress> managers() const;

  bool leads() const { return !halted_ && raft_.role() == raft::Role::kLeader; }
  std::optional<wire::ManagerAddress> leader() const;
  // The disk failed: this copy hears, says and writes nothing more, whoever used to lead. A new one
  // is made from what the disk holds when it works again.
  void halt() { halted_ = true; }
  // What a disk would give back that lost all of this replica's log and tables.
  ports::Loaded without_log() const;
  bool is_halted() const { return halted_; }
  // So much waits for the disk that nothing new is begun.
  bool is_backed_up() const { return backed_up_; }
  // The disk has answered raft's batch of this number.
  void write_done(uint64_t raft_batch, const Status& status);

 private:
  Replica(raft::Raft raft) : raft_(std::move(raft)) {}

  void persist(raft::Persist batch, WriteQueue& writes);
  void apply(const raft::Entry& entry, ReplicaOutput& out);
  void say_what_was_lost(Step& step, const raft::Output& raft_out) const;
  void begin_count(size_t snapshot_bytes);
  void compact_if_long(Step& step, const WriteQueue& writes);
  // One voter that leads and nobody to tell: time has nothing to decide, so the board may sleep.
  bool quiet() const;

  raft::Raft raft_;
  ReplicaBounds bounds_;
  state::Tables tables_;
  History history_;
  raft::Index applied_ = 0;
  size_t applied_bytes_ = 0;  // since the last snapshot
  size_t applied_entries_ = 0;
  size_t snapshot_bytes_ = 0;  // of the last one
  int64_t grown_bytes_ = 0;    // by what the tables are larger now, about
  void learn(NodeId node, const SocketAddress& address, uint64_t raft_id);

  std::map<uint64_t, wire::ManagerAddress> addresses_;  // learned outside of the tables
  Instant next_tick_{0};
  bool backed_up_ = false;
  bool halted_ = false;
};

// Facts on disk.
constexpr const char* kMembershipFact = "membership";
constexpr const char* kLostFact = "raft/lost";

}  // namespace es::node
