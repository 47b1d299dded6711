#include "tests/sim/invariants.h"

#include <algorithm>

#include "core/wire/codec.h"

namespace es::sim {

namespace {

uint64_t hash_of(const raft::Entry& entry) {
  Hash64 hash;
  hash.add(wire::encode(entry));
  return hash.value();
}

}  // namespace

void Invariants::broken(std::string what) {
  if (violation_.empty()) violation_ = std::move(what);
}

void Invariants::check(const std::vector<std::unique_ptr<Board>>& boards) {
  for (const auto& board : boards) {
    if (!board->is_up()) continue;
    if (board->node()->replica() != nullptr) {
      check_raft(*board);
      check_state(*board);
    }
    check_reservations(*board);
  }
}

void Invariants::check_raft(const Board& board) {
  const raft::Raft& raft = board.node()->replica()->raft();
  const NodeId id = board.id();
  const bool leads = raft.role() == raft::Role::kLeader;
  // Election Safety (Raft §5.2): at most one leader a term.
  if (leads) {
    const auto [leader, first] = leader_of_term_.emplace(raft.term(), id);
    if (!first && leader->second != id) broken("two leaders in term " + std::to_string(raft.term()));
  }
  // Leader Append-Only (Raft §5.3): a leader never shortens its log.
  Seen& seen = seen_[id];
  if (leads && seen.led && seen.term == raft.term() && raft.log().last_index() < seen.last_index) {
    broken("the leader " + board.name() + " shortened its log");
  }
  seen = {raft.term(), raft.log().last_index(), leads};
  // State Machine Safety, Leader Completeness and Log Matching, as far as they can be seen from outside (Raft §5.4.3): once an entry is
  // known to be committed at an index, every node that commits that index has this entry.
  uint64_t& checked = checked_up_to_[id];
  if (checked > raft.commit_index()) checked = 0;  // a node that forgot its commit index with its power
  for (uint64_t index = std::max(checked, raft.log().base_index()) + 1; index <= raft.commit_index(); ++index) {
    const raft::Entry& entry = raft.log().at(index);
    const std::pair found{entry.term, hash_of(entry)};
    const auto [known, first] = committed_.emplace(index, found);
    if (!first && known->second != found) broken("two entries committed at index " + std::to_string(index));
    checked = index;
  }
  // Leader Completeness (Raft §5.4): who leads holds everything that was committed in earlier terms.
  if (leads && !committed_.empty()) {
    const auto& [index, entry] = *committed_.rbegin();
    if (entry.first < raft.term() && raft.log().last_index() < index) {
      broken("the leader " + board.name() + " lacks a committed entry");
    }
  }
}

void Invariants::check_state(const Board& board) {
  // A follower may lag, and so may a leader that was cut off and replaced; what the newest leader sees is the cluster's state.
  if (!board.node()->leads()) return;
  newest_term_ = std::max(newest_term_, board.node()->replica()->raft().term());
  if (board.node()->replica()->raft().term() < newest_term_) return;
  const state::Tables& tables = *board.node()->tables();
  for (const auto& [id, task] : tables.rows<Task>()) {
    TaskState& seen = observed_[id];
    if (task->status.state < seen) {
      broken("the observed state of task " + id.to_string() + " went back from " +
             std::string(to_string(seen)) + " to " + std::string(to_string(task->status.state)));
    }
    seen = task->status.state;
  }
  // No overcommit: the leader's tables never promise more of a node than it offers.
  for (const auto& [id, node] : tables.rows<es::Node>()) {
    int64_t memory_bytes = 0;
    int64_t cpu_nano = 0;
    for (const auto& task : tables.tasks_of_node(id)) {
      if (is_terminal(task->status.state) || task->status.state < TaskState::kAssigned) continue;
      memory_bytes += task->spec.resources.reservations.memory_bytes;
      cpu_nano += task->spec.resources.reservations.cpu_nano;
    }
    const Resources& offered = node->description.resources;
    if (memory_bytes > offered.memory_bytes || cpu_nano > offered.cpu_nano) {
      broken("node " + node->description.hostname + " is promised " + std::to_string(memory_bytes) +
             " bytes and " + std::to_string(cpu_nano) + " nano-CPUs");
    }
  }
}

// What really runs on a board never reserves more than the board offers.
void Invariants::check_reservations(const Board& board) {
  int64_t memory_bytes = 0;
  int64_t cpu_nano = 0;
  for (const auto& [id, local] : board.node()->agent().tasks()) {
    if (!board.runtime().runs(id)) continue;
    memory_bytes += local.task.spec.resources.reservations.memory_bytes;
    cpu_nano += local.task.spec.resources.reservations.cpu_nano;
  }
  const Resources& offered = board.node()->description().resources;
  if (memory_bytes > offered.memory_bytes || cpu_nano > offered.cpu_nano) {
    broken("board " + board.name() + " runs tasks with " + std::to_string(memory_bytes) + " bytes and " +
           std::to_string(cpu_nano) + " nano-CPUs reserved");
  }
}

}  // namespace es::sim
