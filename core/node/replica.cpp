#include "core/node/replica.h"

#include <algorithm>

#include "core/state/growth.h"
#include "core/wire/codec.h"

namespace es::node {

namespace {

// What raft must not forget beyond term and vote: entries that rot took (see raft::HardState).
struct Lost {
  uint64_t index = 0;
  uint64_t term = 0;
  bool vote_kept = false;

  static constexpr auto fields() {
    return std::tuple{field(1, "Index", &Lost::index), field(2, "Term", &Lost::term), field(3, "VoteKept", &Lost::vote_kept)};
  }
};

Result<raft::Restored> restored_from(const ports::Loaded& loaded) {
  raft::Restored restored;
  restored.hard_state.term = loaded.hard_state.term;
  restored.hard_state.vote = loaded.hard_state.vote;
  if (const auto lost = loaded.facts.find(kLostFact); lost != loaded.facts.end()) {
    ES_TRY(const Lost decoded, wire::decode<Lost>(lost->second));
    restored.hard_state.lost_index = decoded.index;
    restored.hard_state.lost_term = decoded.term;
    restored.hard_state.vote_kept = decoded.vote_kept;
  }
  if (loaded.snapshot) {
    restored.snapshot.meta.index = loaded.snapshot->index;
    restored.snapshot.meta.term = loaded.snapshot->term;
    ES_TRY(restored.snapshot.meta.config, wire::decode<raft::Configuration>(loaded.snapshot->configuration));
    restored.snapshot.data = loaded.snapshot->data;
  }
  if (loaded.lost) {
    restored.lost_index = loaded.lost->index;
    restored.lost_term = loaded.lost->term;
  }
  for (const ports::StoredEntry& entry : loaded.entries) {
    restored.entries.push_back({entry.index, entry.term, static_cast<raft::EntryType>(entry.type), entry.data});
  }
  return restored;
}

ports::StoredSnapshot stored(const raft::Snapshot& snapshot) {
  return {snapshot.meta.index, snapshot.meta.term, wire::encode(snapshot.meta.config), snapshot.data};
}

}  // namespace

Result<std::unique_ptr<Replica>> Replica::start(uint64_t raft_id, uint64_t seed, const ports::Loaded& loaded,
                                                const ReplicaBounds& bounds) {
  raft::Options options;
  options.id = raft_id;
  options.seed = seed;
  options.election_ticks = kElectionTicks;
  options.heartbeat_ticks = kHeartbeatTicks;
  options.max_log_bytes = kMaxLogBytes;
  options.max_trailing_bytes = kTrailingBytes;
  options.max_entry_bytes = kMaxEntryBytes;
  options.max_snapshot_bytes = kMaxSnapshotBytes;
  ES_TRY(raft::Restored restored, restored_from(loaded));
  const std::string state_bytes = restored.snapshot.data;
  const raft::Index index = restored.snapshot.meta.index;
  ES_TRY(raft::Raft raft, raft::Raft::start(options, std::move(restored)));
  auto replica = std::unique_ptr<Replica>(new Replica(std::move(raft)));
  replica->bounds_ = bounds;
  if (index > 0) {
    ES_CHECK(replica->tables_.restore(state_bytes));
    replica->history_.follow(replica->tables_);
    replica->applied_ = index;
    replica->snapshot_bytes_ = state_bytes.size();
  }
  const raft::Configuration& config = replica->raft_.config();
  if (config.voters.size() == 1 && config.voters.front() == raft_id) replica->raft_.campaign();
  return replica;
}

ports::Batch Replica::first_batch(uint64_t raft_id, const state::Change& first_objects) {
  state::Tables tables;
  const state::Applied applied = tables.apply(1, first_objects);
  ES_ASSERT(!applied.refused);
  raft::Snapshot snapshot;
  snapshot.meta.index = 1;
  snapshot.meta.term = 1;
  snapshot.meta.config.voters = {raft_id};
  snapshot.data = tables.snapshot();
  ports::Batch batch;
  batch.reset_log = true;
  batch.snapshot = stored(snapshot);
  batch.hard_state = ports::StoredHardState{1, 0};
  return batch;
}

Result<state::Tables> Replica::tables_on(const ports::Loaded& loaded) {
  state::Tables tables;
  if (loaded.snapshot) ES_CHECK(tables.restore(loaded.snapshot->data));
  for (const ports::StoredEntry& entry : loaded.entries) {
    if (static_cast<raft::EntryType>(entry.type) != raft::EntryType::kData) continue;
    ES_TRY(const state::Change change, wire::decode<state::Change>(entry.data));
    if (entry.index <= tables.index()) return corrupt("the log does not follow its snapshot");
    static_cast<void>(tables.apply(entry.index, change));  // what the tables refuse was answered so
  }
  return tables;
}

ports::Batch Replica::only_member_batch(uint64_t raft_id, const state::Tables& tables, const ports::Loaded& loaded) {
  raft::Snapshot snapshot;
  snapshot.meta.index = tables.index();
  snapshot.meta.config.voters = {raft_id};
  snapshot.data = tables.snapshot();
  // Above every term of the old group: agents follow the highest that they have heard of, and this disk may have missed a few elections.
  constexpr uint64_t kMissedElections = 64;
  uint64_t term = loaded.hard_state.term;
  if (loaded.snapshot) term = std::max(term, loaded.snapshot->term);
  if (!loaded.entries.empty()) term = std::max(term, loaded.entries.back().term);
  snapshot.meta.term = term + kMissedElections;
  ports::Batch batch;
  batch.reset_log = true;
  batch.snapshot = stored(snapshot);
  batch.hard_state = ports::StoredHardState{term + kMissedElections, 0};
  batch.facts[kLostFact] = std::nullopt;
  return batch;
}

Result<raft::Index> Replica::propose(const state::Change& change) {
  std::string bytes = wire::encode(change);
  if (bytes.size() > kMaxEntryBytes) {
    return invalid("a change of " + std::to_string(bytes.size()) + " bytes does not fit into the log");
  }
  return raft_.propose(std::move(bytes));
}

void Replica::receive(NodeId from, const SocketAddress& address, const raft::Message& message) {
  // The sender's certificate says which node it is; its raft id is its own word, so it must not name another node's.
  const auto known = address_of(message.from);
  if (known && known->node != from) return;
  if (!known) learn(from, address, message.from);
  raft_.step(message);
}

// Of each node one raft id beside the one in the tables: a node that claims several keeps the last.
void Replica::learn(NodeId node, const SocketAddress& address, uint64_t raft_id) {
  std::erase_if(addresses_, [&](const auto& learned) { return learned.second.node == node; });
  addresses_[raft_id] = {node, raft_id, address};
}

void Replica::peer_lost(NodeId node) {
  if (const auto raft_id = raft_id_of(node)) raft_.peer_lost(*raft_id);
}

void Replica::write_done(uint64_t raft_batch, const Status& status) {
  if (status.ok()) raft_.persisted(raft_batch);
  else raft_.persist_failed(raft_batch);
}

void Replica::tick(Instant now) {
  if (quiet()) {
    next_tick_ = now + kRaftTick;
    return;
  }
  if (now < next_tick_) return;
  raft_.tick();
  // After a stall no ticks are made up for: the peers' messages of that time wait in the socket and must be read first.
  next_tick_ = now + kRaftTick;
}

bool Replica::quiet() const {
  // Of two one may lead that is voter no more: the other one may not have heard of it yet (thesis §4.2.2).
  return leads() && raft_.config().learners.empty() && raft_.config().voters == std::vector{raft_.id()};
}

ReplicaOutput Replica::pump(Step& step, WriteQueue& writes) {
  ReplicaOutput out;
  while (raft_.has_output()) {
    raft::Output raft_out = raft_.take_output();
    if (raft_out.persist) persist(std::move(*raft_out.persist), writes);
    say_what_was_lost(step, raft_out);
    for (raft::Message& message : raft_out.messages) {
      if (const auto to = address_of(message.to)) step.send(*to, std::move(message));
    }
    if (raft_out.restore) {
      begin_count(raft_out.restore->data.size());
      const Status restored = tables_.restore(raft_out.restore->data);
      ES_ASSERT(restored.ok());  // the leader made it from its own tables, and it came over an authenticated connection
      history_.follow(tables_, true);
      applied_ = raft_out.restore->meta.index;
      out.restored = true;
      out.events.clear();
    }
    for (const raft::Entry& entry : raft_out.committed) apply(entry, out);
    out.reads.insert(out.reads.end(), raft_out.reads.begin(), raft_out.reads.end());
    out.diverged = std::max(out.diverged, raft_out.diverged);
    out.standing_changed = out.standing_changed || raft_out.standing.has_value();
    compact_if_long(step, writes);
  }
  // A snapshot that had to wait for the disk is due although nothing new was applied: a full log waits for it.
  compact_if_long(step, writes);
  backed_up_ = writes.is_full();
  return out;
}

// An acknowledged entry that is gone is the worst that a disk can do: somebody must look at that board.
void Replica::say_what_was_lost(Step& step, const raft::Output& raft_out) const {
  for (const raft::LostEntries& lost : raft_out.lost) {
    const std::string what = " lost entries that it had acknowledged (up to " + std::to_string(lost.acknowledged) +
                             ", its log ends at " + std::to_string(lost.last) +
                             "): its disk is damaged, lies about what it has written, or is an older copy; "
                             "it does not lead until a leader has sent them again";
    const auto manager = address_of(lost.peer);
    if (lost.peer == raft_.id()) step.log("this manager" + what);
    else step.log("manager " + (manager ? manager->node.to_string() : std::to_string(lost.peer)) + what);
  }
  for (const raft::PeerId rival : raft_out.rivals) {
    const auto manager = address_of(rival);
    step.log("manager " + (manager ? manager->node.to_string() : std::to_string(rival)) +
             " leads in a term that has a leader already: some manager's identity exists twice (a copied SD card?); the term ends");
  }
  if (raft_out.healed) step.log("this manager's log is whole again: it votes");
}

ports::Loaded Replica::without_log() const {
  const raft::HardState& hard = raft_.hard_state();
  ports::Loaded loaded;
  loaded.hard_state = {hard.term, hard.vote};
  Lost lost{raft_.log().last_index(), raft_.log().last_term(), true};
  if (raft_.is_healing()) lost = {std::max(hard.lost_index, lost.index), std::max(hard.lost_term, lost.term), hard.vote_kept};
  loaded.facts[kLostFact] = wire::encode(lost);
  return loaded;
}

void Replica::persist(raft::Persist batch, WriteQueue& writes) {
  ports::Batch write;
  if (batch.hard_state) {
    write.hard_state = ports::StoredHardState{batch.hard_state->term, batch.hard_state->vote};
    const Lost lost{batch.hard_state->lost_index, batch.hard_state->lost_term, batch.hard_state->vote_kept};
    if (lost.index != 0) write.facts[kLostFact] = wire::encode(lost);
    else write.facts[kLostFact] = std::nullopt;
  }
  // A snapshot stands in for every entry up to its own: those are neither dropped nor written one by one.
  const raft::Index covered = batch.snapshot ? batch.snapshot->meta.index : 0;
  if (batch.truncate_from != 0) write.truncate_from = std::max(batch.truncate_from, covered + 1);
  for (raft::Entry& entry : batch.entries) {
    if (entry.index <= covered) continue;
    write.entries.push_back({entry.index, entry.term, static_cast<uint8_t>(entry.type), std::move(entry.data)});
  }
  if (batch.snapshot) {
    write.snapshot = stored(*batch.snapshot);
    write.compact_to = batch.snapshot->meta.index;
  }
  writes.add(std::move(write), batch.id);
}

void Replica::apply(const raft::Entry& entry, ReplicaOutput& out) {
  applied_ = entry.index;
  applied_bytes_ += raft::size_bytes(entry);
  ++applied_entries_;
  if (entry.type != raft::EntryType::kData) return;
  auto change = wire::decode<state::Change>(entry.data);
  ES_ASSERT(change.ok());  // the log is sealed and authenticated: bytes that are no change are a bug of a manager
  state::Applied applied = tables_.apply(entry.index, *change);
  history_.follow(tables_);
  out.applied.push_back({entry.index, change->id, applied.refused});
  for (state::Event& event : applied.events) {
    grown_bytes_ += state::growth_bytes(tables_, event);
    out.events.push_back(std::move(event));
  }
}

void Replica::begin_count(size_t snapshot_bytes) {
  snapshot_bytes_ = snapshot_bytes;
  applied_entries_ = 0;
  applied_bytes_ = 0;
  grown_bytes_ = 0;
}

void Replica::compact_if_long(Step& step, const WriteQueue& writes) {
  const size_t times = std::clamp<size_t>(snapshot_bytes_ / bounds_.snapshot_bytes, 1, kSnapshotPatience);
  if (applied_entries_ < times * bounds_.snapshot_entries && applied_bytes_ < times * bounds_.snapshot_bytes) return;
  // On a stalled card the log grows to its bound and refuses more; snapshots that wait beside it
  // would have none.
  if (writes.holds_snapshot()) return;
  std::string state = tables_.snapshot();
  begin_count(state.size());
  if (state.size() > kMaxSnapshotBytes) {
    step.log("the cluster's state has " + std::to_string(state.size()) + " bytes; a manager that joins can be sent " +
             std::to_string(kMaxSnapshotBytes) + " at most: remove services that are not needed");
  }
  // Refused while this node has not yet reached the entry that made it a member; the next bound is another occasion.
  static_cast<void>(raft_.compact(applied_, std::move(state), bounds_.trailing_entries).ok());
}

std::optional<wire::ManagerAddress> Replica::address_of(uint64_t raft_id) const {
  // The tables say whose raft id it is; the address that was learned last says where that node is.
  const auto learned = addresses_.find(raft_id);
  for (const auto& [id, node] : tables_.rows<Node>()) {
    if (!node->manager || node->manager->raft_id != raft_id) continue;
    if (learned != addresses_.end() && learned->second.node == id) return learned->second;
    return wire::ManagerAddress{id, raft_id, node->address};
  }
  return learned == addresses_.end() ? std::nullopt : std::optional(learned->second);
}

std::optional<uint64_t> Replica::raft_id_of(NodeId node) const {
  if (const auto known = tables_.node(node); known && known->manager) return known->manager->raft_id;
  for (const auto& [raft_id, manager] : addresses_) {
    if (manager.node == node) return raft_id;
  }
  return std::nullopt;
}

std::vector<wire::ManagerAddress> Replica::managers() const {
  std::vector<wire::ManagerAddress> all;
  for (const auto& [id, node] : tables_.rows<Node>()) {
    if (node->manager) all.push_back(*address_of(node->manager->raft_id));
  }
  return all;
}

std::optional<wire::ManagerAddress> Replica::leader() const {
  if (halted_ || raft_.leader() == raft::kNobody) return std::nullopt;
  return address_of(raft_.leader());
}

}  // namespace es::node
