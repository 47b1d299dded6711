#include "tests/sim/storm.h"

#include <algorithm>
#include <memory>

#include "tests/sim/cluster.h"
#include "tests/sim/faults.h"
#include "tests/sim/load.h"

namespace es::sim {

namespace {

constexpr Duration kStormTime = seconds(35);
constexpr Duration kHealTime = minutes(3);
constexpr Duration kRestPause = milliseconds(100);

class Storm {
 public:
  explicit Storm(const StormPlan& plan)
      : plan_(plan),
        prng_(plan.seed ^ 0x5707),
        cluster_(options_of(plan.seed)),
        load_(cluster_, plan.seed ^ 0x10ad, load_options_of(plan.seed)),
        load_time_(plan.load_time.value_or(kStormTime)) {
    if (plan.trace_lines > 0) {
      cluster_.world().readable = std::make_unique<Trace>(plan.trace_lines);
    }
  }

  StormResult run();

 private:
  static ClusterOptions options_of(uint64_t seed);
  static LoadOptions load_options_of(uint64_t seed);
  void form();
  std::vector<Fault> draw();
  void storm();
  void calm_down();
  bool at_rest();
  bool has_container(const Task& task);
  std::string unrest();
  std::string judged();
  StormResult result(std::string violation = {});

  const StormPlan plan_;
  Prng prng_;
  Cluster cluster_;
  Load load_;
  Duration load_time_;
  std::unique_ptr<Faults> faults_;  // what it planned outlasts the storm
  std::vector<std::string> drawn_;  // faults, in words
};

ClusterOptions Storm::options_of(uint64_t seed) {
  Prng prng(seed);
  ClusterOptions options;
  options.seed = seed;
  options.network.datagram_loss_per_mille = prng.below(30);
  options.network.connection_break_per_mille = prng.below(4);
  if (prng.chance(1, 2)) options.network.datagram_double_per_mille = prng.below(50);
  if (prng.chance(1, 2)) options.network.datagram_late_per_mille = prng.below(20);
  if (prng.chance(1, 2)) {
    const auto size = [&prng](uint64_t least, uint64_t below) { return static_cast<size_t>(least + prng.below(below)); };
    options.bounds = {size(5, 60), size(4'000, 200'000), size(0, 20)};
  }
  if (prng.chance(1, 4)) options.store_queue_max = 1 + prng.below(6);
  options.sync_time = microseconds(static_cast<int64_t>(200 + prng.below(8'000)));
  return options;
}

LoadOptions Storm::load_options_of(uint64_t seed) {
  Prng prng(seed ^ 0xb19);
  LoadOptions options;
  if (prng.chance(1, 15)) options.big_bytes_max = 150'000;
  if (prng.chance(1, 20)) options.burst_clients = 12;
  options.changes_roles = prng.chance(1, 3);
  return options;
}

void Storm::form() {
  const size_t managers = prng_.chance(1, 3) ? 5 : 3;
  const size_t workers = 2 + prng_.below(4);
  NodeDescription description;
  description.platform = {"arm64", "linux", "v8"};
  description.resources.cpu_nano = 4'000'000'000;
  description.resources.memory_bytes = 1'024 << 20;
  for (size_t i = 0; i < managers + workers; ++i) {
    const bool manager = i < managers;
    cluster_.add((manager ? "m" : "w") + std::to_string(i), description,
                 manager ? NodeRole::kManager : NodeRole::kWorker);
    if (i == 0) cluster_.run(seconds(1));
  }
}

// All are drawn before the first strikes; the plan says which of them do.
std::vector<Fault> Storm::draw() {
  Prng prng(plan_.seed ^ 0xfa17);
  const std::vector<Fault> all =
      draw_faults(prng, cluster_.size(), kStormTime, 6 + prng.below(16));
  std::vector<Fault> kept;
  for (size_t i = 0; i < all.size(); ++i) {
    drawn_.push_back(to_string(all[i], cluster_));
    const bool plays = !plan_.faults || std::find(plan_.faults->begin(), plan_.faults->end(), i) !=
                                            plan_.faults->end();
    if (plays) kept.push_back(all[i]);
  }
  return kept;
}

void Storm::storm() {
  faults_ = std::make_unique<Faults>(cluster_, draw());
  faults_->begin();
  if (load_time_.ns > 0) load_.start();
  const Instant began = cluster_.world().schedule.now();
  while (cluster_.world().schedule.now() - began < kStormTime && cluster_.violation().empty()) {
    cluster_.run(seconds(1));
    if (cluster_.world().schedule.now() - began >= load_time_) load_.stop();
  }
  load_.stop();
  faults_->end();
}

void Storm::calm_down() {
  NetworkOptions calm;
  cluster_.world().network.set_options(calm);
  cluster_.world().script.by_image.erase("crash");  // what crashed before runs now
}

bool Storm::has_container(const Task& task) {
  const auto on = cluster_.world().board_by_node.find(task.node_id);
  return on != cluster_.world().board_by_node.end() && cluster_.board(on->second).runtime().runs(task.id);
}

// Empty: every service runs what it should, and every node is in.
std::string Storm::unrest() {
  Board* leader = cluster_.leader();
  if (leader == nullptr) return "nobody leads";
  const state::Tables& tables = *leader->node()->tables();
  for (size_t i = 0; i < cluster_.size(); ++i) {
    const Board& board = cluster_.board(i);
    if (!board.is_up()) return "board " + board.name() + " never got in";
    // It looks again after a pause, and serves nobody until then.
    if (board.node()->disk_trouble()) return "the disk of board " + board.name() + " does not work yet";
    if (leader->node()->liveness(board.id()) != NodeState::kReady) return "board " + board.name() + " is not ready";
    const state::Ref<es::Node> node = tables.node(board.id());
    const bool manages = board.node()->tables() != nullptr;
    if (node && manages != (node->spec.role == NodeRole::kManager)) {
      return "board " + board.name() + (manages ? " is a manager still" : " is no manager yet");
    }
    if (manages && !raft::is_voter(leader->node()->replica()->raft().config(), node->manager ? node->manager->raft_id : 0)) {
      return "board " + board.name() + " is not in raft yet";
    }
  }
  for (const auto& [id, service] : tables.rows<Service>()) {
    size_t wanted = service->spec.mode.global ? cluster_.size() : 0;
    if (service->spec.mode.replicated) wanted = service->spec.mode.replicated->replicas.value_or(1);
    size_t running = 0;
    for (const auto& task : tables.tasks_of_service(id)) {
      if (task->desired_state != TaskState::kRunning || task->status.state != TaskState::kRunning) continue;
      running += has_container(*task);
    }
    // What was restarted as often as it may be stays down.
    const bool may_give_up = service->spec.task.restart.max_attempts > 0 && running < wanted;
    if (running != wanted && !may_give_up) {
      std::string text = "service " + service->spec.name + " runs " + std::to_string(running) + " of " + std::to_string(wanted);
      for (const auto& task : tables.tasks_of_service(id)) {
        const auto on = cluster_.world().board_by_node.find(task->node_id);
        const Board* at = on == cluster_.world().board_by_node.end() ? nullptr : &cluster_.board(on->second);
        text += "\n    slot " + std::to_string(task->slot) + " " + task->id.to_string().substr(0, 8) + " on " +
                (at ? at->name() : "-") + " desired " + std::string(to_string(task->desired_state)) + " observed " +
                std::string(to_string(task->status.state)) + " " + task->status.message + task->status.err;
        if (at != nullptr) {
          const auto local = at->node()->agent().tasks().find(task->id);
          if (local != at->node()->agent().tasks().end()) {
            text += " (container " + std::to_string(static_cast<int>(local->second.container)) + ", agent " +
                    std::string(to_string(local->second.status.state)) + ")";
          }
        }
      }
      return text;
    }
  }
  size_t containers = 0;
  for (size_t i = 0; i < cluster_.size(); ++i) containers += cluster_.board(i).runtime().running();
  size_t tasks = 0;
  std::string without;
  for (const auto& [id, task] : tables.rows<Task>()) {
    if (task->status.state != TaskState::kRunning) continue;
    ++tasks;
    if (!has_container(*task)) without += ", none for " + id.to_string();
  }
  if (containers != tasks) return std::to_string(containers) + " containers for " + std::to_string(tasks) + " tasks" + without;
  return {};
}

bool Storm::at_rest() { return unrest().empty(); }

StormResult Storm::result(std::string violation) {
  StormResult out;
  out.trace_hash = cluster_.trace_hash();
  out.steps = cluster_.world().steps;
  out.violation = std::move(violation);
  out.virtual_time = cluster_.world().schedule.now() - Instant{0};
  out.faults = drawn_;
  out.load_time = load_time_;
  if (cluster_.world().readable) out.trace = cluster_.world().readable->lines();
  return out;
}

// What every manager shows in the end joins the history: the last acknowledged value of everything
// has to be there.
std::string Storm::judged() {
  for (size_t i = 0; i < cluster_.size(); ++i) {
    Board& board = cluster_.board(i);
    if (board.node()->tables() == nullptr) continue;
    std::optional<bool> answered;
    load_.read_all(board, [&answered](bool ok) { answered = ok; });
    cluster_.run_until(seconds(30), [&] { return answered.has_value(); });
    if (!answered.value_or(false)) return board.name() + " does not answer a read at rest";
  }
  return load_.verdict();
}

StormResult Storm::run() {
  Behaviour crash;
  crash.exits_with = 1;
  crash.exits_after = milliseconds(700);
  cluster_.world().script.by_image["crash"] = crash;
  Behaviour once;
  once.exits_with = 0;
  once.exits_after = milliseconds(400);
  cluster_.world().script.by_image["once"] = once;
  form();
  cluster_.run(seconds(8));
  storm();
  if (!cluster_.violation().empty()) return result(cluster_.violation());
  calm_down();
  bool rested = false;
  const Instant healed_at = cluster_.world().schedule.now();
  while (!rested && cluster_.violation().empty() &&
         cluster_.world().schedule.now() - healed_at < kHealTime) {
    cluster_.run(kRestPause);
    rested = load_.tidy() && at_rest();
  }
  if (!cluster_.violation().empty()) return result(cluster_.violation());
  if (!rested) return result("no rest after healing: " + unrest());
  if (load_time_.ns == 0) return result();
  if (std::string unexplained = judged(); !unexplained.empty()) return result(unexplained);
  return result();
}

}  // namespace

StormResult run_storm(const StormPlan& plan) { return Storm(plan).run(); }

}  // namespace es::sim
