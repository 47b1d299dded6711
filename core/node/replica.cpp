#include "core/node/replica.h"

#include <algorithm>

#include "core/wire/codec.h"

namespace es::node {

namespace {

// What raft must not forget beyond term and vote: entries that rot took (see raft::HardState).
struct Lost {
  uint64_t index = 0;
  uint64_t term = 0;

  static constexpr auto fields() { return std::tuple{field(1, "Index", &Lost::index), field(2, "Term", &Lost::term)}; }
};

Result<raft::Restored> restored_from(const ports::Loaded& loaded) {
  raft::Restored restored;
  restored.hard_state.term = loaded.hard_state.term;
  restored.hard_state.vote = loaded.hard_state.vote;
  if (const auto lost = loaded.facts.find(kLostFact); lost != loaded.facts.end()) {
    ES_TRY(const Lost decoded, wire::decode<Lost>(lost->second));
    restored.hard_state.lost_index = decoded.index;
    restored.hard_state.lost_term = decoded.term;
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

Result<std::unique_ptr<Replica>> Replica::start(uint64_t raft_id, uint64_t seed, const ports::Loaded& loaded) {
  raft::Options options;
  options.id = raft_id;
  options.seed = seed;
  options.election_ticks = kElectionTicks;
  options.heartbeat_ticks = kHeartbeatTicks;
  options.max_log_bytes = 8u << 20;
  options.max_entry_bytes = state::kMaxChangeBytes + 1024;
  ES_TRY(raft::Restored restored, restored_from(loaded));
  const std::string state_bytes = restored.snapshot.data;
  const raft::Index index = restored.snapshot.meta.index;
  ES_TRY(raft::Raft raft, raft::Raft::start(options, std::move(restored)));
  auto replica = std::unique_ptr<Replica>(new Replica(std::move(raft)));
  if (index > 0) {
    ES_CHECK(replica->tables_.restore(state_bytes));
    replica->applied_ = index;
  }
  // A cluster of one has nobody to wait for.
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

std::string Replica::wire_bytes(const state::Change& change) { return wire::encode(change); }

void Replica::receive(NodeId from, const SocketAddress& address, const raft::Message& message) {
  // The sender's certificate says which node it is; its raft id is its own word, so it must not name another node's.
  const auto known = address_of(message.from);
  if (known && known->node != from) return;
  if (!known) addresses_[message.from] = {from, message.from, address};
  raft_.step(message);
}

void Replica::peer_lost(NodeId node) {
  if (const auto raft_id = raft_id_of(node)) raft_.peer_lost(*raft_id);
}

void Replica::write_done(uint64_t persist_id, const Status& status) {
  ES_ASSERT(owns_write(persist_id));
  const uint64_t batch = writes_.front().second;
  writes_.pop_front();
  if (status.ok()) raft_.persisted(batch);
  else raft_.persist_failed(batch);
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
  return leads() && raft_.config().voters.size() == 1 && raft_.config().learners.empty();
}

ReplicaOutput Replica::pump(Step& step, uint64_t& next_persist) {
  ReplicaOutput out;
  while (raft_.has_output()) {
    raft::Output raft_out = raft_.take_output();
    if (raft_out.persist) persist(step, std::move(*raft_out.persist), next_persist);
    for (raft::Message& message : raft_out.messages) {
      if (const auto to = address_of(message.to)) step.send(*to, std::move(message));
    }
    if (raft_out.restore) {
      const Status restored = tables_.restore(raft_out.restore->data);
      ES_ASSERT(restored.ok());  // the leader made it from its own tables, and it came over an authenticated connection
      applied_ = raft_out.restore->meta.index;
      out.restored = true;
      out.events.clear();
    }
    for (const raft::Entry& entry : raft_out.committed) apply(entry, out);
    out.reads.insert(out.reads.end(), raft_out.reads.begin(), raft_out.reads.end());
    out.standing_changed = out.standing_changed || raft_out.standing.has_value();
    compact_if_long();
  }
  return out;
}

void Replica::persist(Step& step, raft::Persist batch, uint64_t& next_persist) {
  ports::Batch write;
  if (batch.hard_state) {
    write.hard_state = ports::StoredHardState{batch.hard_state->term, batch.hard_state->vote};
    const Lost lost{batch.hard_state->lost_index, batch.hard_state->lost_term};
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
  const uint64_t id = next_persist++;
  writes_.emplace_back(id, batch.id);
  step.out.add(Persist{id, std::move(write)});
}

void Replica::apply(const raft::Entry& entry, ReplicaOutput& out) {
  applied_ = entry.index;
  applied_bytes_ += raft::size_bytes(entry);
  ++applied_entries_;
  if (entry.type != raft::EntryType::kData) return;
  auto change = wire::decode<state::Change>(entry.data);
  ES_ASSERT(change.ok());  // the log is sealed and authenticated: bytes that are no change are a bug of a manager
  state::Applied applied = tables_.apply(entry.index, *change);
  out.applied.push_back({entry.index, change->id, applied.refused});
  for (state::Event& event : applied.events) out.events.push_back(std::move(event));
}

void Replica::compact_if_long() {
  if (applied_entries_ < kSnapshotEntries && applied_bytes_ < kSnapshotBytes) return;
  applied_entries_ = 0;
  applied_bytes_ = 0;
  // Refused while this node has not yet reached the entry that made it a member; the next bound is another occasion.
  static_cast<void>(raft_.compact(applied_, tables_.snapshot()).ok());
}

std::optional<wire::ManagerAddress> Replica::address_of(uint64_t raft_id) const {
  const auto learned = addresses_.find(raft_id);
  if (learned != addresses_.end()) return learned->second;
  for (const auto& [id, node] : tables_.rows<Node>()) {
    if (node->manager && node->manager->raft_id == raft_id) return wire::ManagerAddress{id, raft_id, node->address};
  }
  return std::nullopt;
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
  if (raft_.leader() == raft::kNobody) return std::nullopt;
  return address_of(raft_.leader());
}

}  // namespace es::node
