#include "tests/sim/invariants.h"

#include <algorithm>

#include "core/orchestrator/slot.h"
#include "core/wire/codec.h"

namespace es::sim {

namespace {

template <class T>
uint64_t hash_of(const T& object, uint64_t salt) {
  FastHash hash;
  hash.add(salt);
  hash.add(wire::encode(object));
  return hash.value();
}

template <class T>
uint64_t row_hash(const state::Ref<T>& row) {
  return row ? hash_of(*row, sizeof(T)) : 0;
}

template <class T>
uint64_t sum_of_rows(const state::Tables& tables) {
  uint64_t sum = 0;
  for (const auto& [id, row] : tables.rows<T>()) sum += row_hash(row);
  return sum;
}

}  // namespace

void Invariants::broken(std::string what) {
  if (violation_.empty()) violation_ = std::move(what);
}

void Invariants::check(Board& board) {
  const std::vector<state::Event> news = board.take_news();
  if (!board.violation().empty()) broken(board.violation());
  if (!board.disk().violation().empty()) broken(board.name() + ": " + board.disk().violation());
  check_reservations(board);
  if (!board.is_up() || board.node()->replica() == nullptr) {
    copies_.erase(board.index());
    return;
  }
  check_raft(board);
  check_tables(board, news);
}

void Invariants::check_raft(const Board& board) {
  const raft::Raft& raft = board.node()->replica()->raft();
  const bool leads = raft.role() == raft::Role::kLeader;
  // Election Safety (Raft §5.2): at most one leader a term.
  Seen& seen = seen_[board.id()];
  if (leads && !(seen.led && seen.term == raft.term())) {
    const auto [leader, first] = leader_of_term_.emplace(raft.term(), board.id());
    if (!first && leader->second != board.id()) {
      broken("two leaders in term " + std::to_string(raft.term()));
    }
  }
  // Leader Append-Only (Raft §5.3): a leader never shortens its log.
  if (leads && seen.led && seen.term == raft.term() && raft.log().last_index() < seen.last_index) {
    broken("the leader " + board.name() + " shortened its log");
  }
  check_log(board, seen);
  seen.term = raft.term();
  seen.led = leads;
  check_committed(board);
  // Leader Completeness (Raft §5.4): who leads holds everything committed in earlier terms.
  if (leads && !committed_.empty()) {
    const auto& [index, entry] = *committed_.rbegin();
    if (entry.first < raft.term() && raft.log().last_index() < index) {
      broken("the leader " + board.name() + " lacks a committed entry");
    }
  }
}

// Log Matching (Raft §5.3): an entry of one index and term is the same everywhere, and so is the one
// before it, which stands for all before that.
void Invariants::check_log(const Board& board, Seen& seen) {
  const raft::Log& log = board.node()->replica()->raft().log();
  const bool extended = seen.checked > 0 && log.term(seen.checked) == seen.last_term;
  uint64_t from = extended ? seen.checked + 1 : log.base_index() + 1;
  from = std::max(from, log.base_index() + 1);
  for (uint64_t index = from; index <= log.last_index(); ++index) {
    const raft::Entry& entry = log.at(index);
    const uint64_t hash = hash_of(entry, log.term(index - 1).value_or(0));
    const auto [known, first] = entries_.emplace(std::pair{index, entry.term}, hash);
    if (!first && known->second != hash) {
      broken("two entries of index " + std::to_string(index) + " and term " + std::to_string(entry.term));
    }
  }
  seen.checked = seen.last_index = log.last_index();
  seen.last_term = log.last_term();
}

// State Machine Safety (Raft §5.4.3): once an entry is known to be committed at an index, every node
// that commits that index has this entry.
void Invariants::check_committed(const Board& board) {
  const raft::Raft& raft = board.node()->replica()->raft();
  uint64_t& checked = checked_up_to_[board.id()];
  if (checked > raft.commit_index()) checked = 0;  // it forgot its commit index with its power
  const uint64_t from = std::max(checked, raft.log().base_index()) + 1;
  for (uint64_t index = from; index <= raft.commit_index(); ++index) {
    const raft::Entry& entry = raft.log().at(index);
    const std::pair found{entry.term, hash_of(entry, 0)};
    const auto [known, first] = committed_.emplace(index, found);
    if (!first && known->second != found) {
      broken("two entries committed at index " + std::to_string(index));
    }
    checked = index;
  }
}

// The same log gives the same tables (state/tables.h): equal at equal index on every manager.
void Invariants::check_tables(const Board& board, const std::vector<state::Event>& news) {
  const node::Replica& replica = *board.node()->replica();
  Copy& copy = copies_[board.index()];
  const state::Tables& tables = replica.tables();
  const bool whole = copy.replica != &replica || copy.life != board.life() ||
                     replica.raft().log().base_index() > copy.index;
  if (!whole && copy.index == replica.applied_index()) return;
  if (whole) {
    copy = {&replica, board.life(), 0, 0};
    copy.rows = sum_of_rows<es::Node>(tables) + sum_of_rows<Service>(tables) + sum_of_rows<Task>(tables);
  } else {
    for (const state::Event& event : news) {
      std::visit([&](const auto& altered) {
        using Row = std::remove_cvref_t<decltype(altered.object())>;
        if constexpr (!std::is_same_v<Row, es::Cluster>) {
          copy.rows += row_hash(altered.after) - row_hash(altered.before);
        }
      }, event);
    }
  }
  copy.index = replica.applied_index();
  const uint64_t hash = copy.rows + sum_of_rows<es::Cluster>(tables);
  const auto [known, first] = tables_at_.emplace(copy.index, hash);
  if (!first && known->second != hash) {
    broken("the tables of " + board.name() + " differ from another manager's at index " +
           std::to_string(copy.index));
  }
  check_state(board, news, whole);
}

void Invariants::check_state(const Board& board, const std::vector<state::Event>& news, bool whole) {
  // A follower may lag, and so may a leader that was cut off and replaced; what the newest leader
  // sees is the cluster's state.
  if (!board.node()->leads()) return;
  const uint64_t term = board.node()->replica()->raft().term();
  if (term < newest_term_) return;
  const state::Tables& tables = *board.node()->tables();
  if (term > newest_term_ || whole) {
    newest_term_ = term;
    for (const auto& [id, task] : tables.rows<Task>()) check_task(*task);
    for (const auto& [id, node] : tables.rows<es::Node>()) check_node(tables, id);
    return;
  }
  std::set<NodeId> nodes;
  for (const state::Event& event : news) {
    if (const auto* task = std::get_if<state::Altered<Task>>(&event); task && task->after) {
      check_task(*task->after);
      check_slot(board, *task->after);
      if (!task->after->node_id.empty()) nodes.insert(task->after->node_id);
    } else if (const auto* node = std::get_if<state::Altered<es::Node>>(&event); node && node->after) {
      nodes.insert(node->after->id);
    }
  }
  for (const NodeId id : nodes) check_node(tables, id);
}

void Invariants::check_task(const Task& task) {
  TaskState& seen = observed_[task.id];
  if (task.status.state < seen) {
    broken("the observed state of task " + task.id.to_string() + " went back from " +
           std::string(to_string(seen)) + " to " + std::string(to_string(task.status.state)));
  }
  seen = task.status.state;
}

// No overcommit: the leader's tables never promise more of a node than it offers.
void Invariants::check_node(const state::Tables& tables, NodeId id) {
  const auto node = tables.node(id);
  if (!node) return;
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

// A slot that is updated stop-first has one owner at a time. A node that the leader has lost does
// not count: what it runs cannot be known.
void Invariants::check_slot(const Board& board, const Task& task) {
  const state::Tables& tables = *board.node()->tables();
  const auto service = tables.service(task.service_id);
  if (!service || !service->spec.mode.replicated) return;
  const auto is_start_first = [](const std::optional<UpdateConfig>& config) {
    return config && config->order == UpdateOrder::kStartFirst;
  };
  if (is_start_first(service->spec.update) || is_start_first(service->spec.rollback)) return;
  size_t owners = 0;
  for (const auto& other : tables.tasks_of_slot(task.service_id, task.slot)) {
    owners += other->status.state == TaskState::kRunning &&
              other->desired_state <= TaskState::kComplete &&
              board.node()->liveness(other->node_id) == NodeState::kReady;
  }
  if (owners > 1) {
    broken("slot " + std::to_string(task.slot) + " of " + service->spec.name + " runs twice");
  }
}

// What really runs on a board never reserves more than the board offers, whoever knows of it.
void Invariants::check_reservations(const Board& board) {
  uint64_t& seen = runtime_changes_[board.index()];
  if (seen == board.runtime().changes()) return;
  seen = board.runtime().changes();
  const Resources& offered = board.description().resources;
  const int64_t memory_bytes = board.runtime().reserved_memory_bytes();
  const int64_t cpu_nano = board.runtime().reserved_cpu_nano();
  if (memory_bytes > offered.memory_bytes || cpu_nano > offered.cpu_nano) {
    broken("board " + board.name() + " runs tasks with " + std::to_string(memory_bytes) +
           " bytes and " + std::to_string(cpu_nano) + " nano-CPUs reserved");
  }
}

void Invariants::check_liveness(const std::vector<std::unique_ptr<Board>>& boards, World& world) {
  const Instant now = world.schedule.now();
  const Board* leader = nullptr;
  for (const auto& board : boards) {
    const bool follows = board->is_up() && board->node()->leader().has_value();
    if (!follows) without_leader_at_[board.get()] = now;
  }
  for (const auto& board : boards) {
    if (!board->is_up() || !board->node()->leads()) continue;
    if (leader != nullptr) {
      leader_term_ = 0;  // two believe it
      return;
    }
    leader = board.get();
  }
  // By its term, which has one leader: the same board may lead again between two looks, and knows of nobody then.
  const raft::Term term = leader == nullptr ? 0 : leader->node()->replica()->raft().term();
  if (term == 0 || term != leader_term_) {
    leader_term_ = term;
    leader_since_ = now;
    return;
  }
  const Instant since = std::max(leader_since_, world.network.changed_at());
  if (now - since < kLivenessBound || !world.network.is_calm()) return;
  for (const auto& board : boards) {
    if (board->id().empty() || now - board->changed_at() < kLivenessBound) continue;
    if (!leader->node()->tables()->node(board->id())) continue;
    if (board->is_up() && board->disk().has_trouble()) continue;
    // It may have to find out that all managers which it knew are none any more (docs/decisions/0005).
    const bool searches = board->is_up() && now - without_leader_at_[board.get()] < kLivenessBound;
    if (searches && now - board->changed_at() < kLivenessBound + node::kForsakenAfter) continue;
    const NodeState believed = leader->node()->liveness(board->id());
    const NodeState truth = board->is_up() ? NodeState::kReady : NodeState::kDown;
    if (believed == truth) continue;
    broken(leader->name() + " believes " + board->name() + " to be " + std::string(to_string(believed)) +
           " and it is " + std::string(to_string(truth)) + " since " +
           std::to_string((now - board->changed_at()).ms() / 1'000) + " s");
  }
}

}  // namespace es::sim
