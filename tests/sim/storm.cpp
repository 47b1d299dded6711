#include "tests/sim/storm.h"

#include "tests/sim/cluster.h"
#include "tests/sim/load.h"

namespace es::sim {

namespace {

constexpr int kRounds = 25;
constexpr Duration kHealTime = minutes(3);

class Storm {
 public:
  explicit Storm(uint64_t seed)
      : prng_(seed ^ 0x5707),
        cluster_(options_of(seed)),
        load_(cluster_, seed ^ 0x10ad, load_options_of(seed)) {}

  StormResult run();

 private:
  static ClusterOptions options_of(uint64_t seed);
  static LoadOptions load_options_of(uint64_t seed);
  void form();
  void round();
  void fault();
  void calm_down();
  bool at_rest();
  std::string unrest();
  std::string judged();
  StormResult result(std::string violation = {});

  Prng prng_;
  Cluster cluster_;
  Load load_;
};

ClusterOptions Storm::options_of(uint64_t seed) {
  Prng prng(seed);
  ClusterOptions options;
  options.seed = seed;
  options.network.datagram_loss_per_mille = prng.below(30);
  options.network.connection_break_per_mille = prng.below(4);
  options.sync_time = microseconds(static_cast<int64_t>(200 + prng.below(8'000)));
  return options;
}

LoadOptions Storm::load_options_of(uint64_t seed) {
  Prng prng(seed ^ 0xb19);
  LoadOptions options;
  if (prng.chance(1, 15)) options.big_bytes_max = 150'000;
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

void Storm::fault() {
  Board& board = cluster_.board(prng_.below(cluster_.size()));
  switch (prng_.below(5)) {
    case 0: cluster_.kill_daemon(board); break;
    case 1: cluster_.power_off(board); break;
    case 2: cluster_.cut(board); break;
    case 3: cluster_.heal(); break;
    default: break;
  }
  // Whatever was taken down may come back.
  for (size_t i = 0; i < cluster_.size(); ++i) {
    if (!cluster_.board(i).is_up() && prng_.chance(1, 3)) cluster_.start(cluster_.board(i));
  }
}

void Storm::round() {
  if (prng_.chance(1, 2)) fault();
  cluster_.run(milliseconds(static_cast<int64_t>(100 + prng_.below(2'500))));
}

void Storm::calm_down() {
  cluster_.heal();
  NetworkOptions calm;
  cluster_.world().network.set_options(calm);
  cluster_.world().script.by_image.erase("crash");  // what crashed before runs now
  for (size_t i = 0; i < cluster_.size(); ++i) cluster_.start(cluster_.board(i));
}

// Empty: every service runs what it should, and every node is in.
std::string Storm::unrest() {
  Board* leader = cluster_.leader();
  if (leader == nullptr) return "nobody leads";
  const state::Tables& tables = *leader->node()->tables();
  for (size_t i = 0; i < cluster_.size(); ++i) {
    const Board& board = cluster_.board(i);
    if (!board.is_up()) return "board " + board.name() + " never got in";
    if (leader->node()->liveness(board.id()) != NodeState::kReady) return "board " + board.name() + " is not ready";
  }
  for (const auto& [id, service] : tables.rows<Service>()) {
    size_t wanted = service->spec.mode.global ? cluster_.size() : 0;
    if (service->spec.mode.replicated) wanted = service->spec.mode.replicated->replicas.value_or(1);
    size_t running = 0;
    for (const auto& task : tables.tasks_of_service(id)) {
      if (task->desired_state != TaskState::kRunning || task->status.state != TaskState::kRunning) continue;
      const auto on = cluster_.world().board_by_node.find(task->node_id);
      if (on != cluster_.world().board_by_node.end() && cluster_.board(on->second).runtime().runs(task->id)) ++running;
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
  for (const auto& [id, task] : tables.rows<Task>()) tasks += task->status.state == TaskState::kRunning;
  if (containers != tasks) return std::to_string(containers) + " containers for " + std::to_string(tasks) + " tasks";
  return {};
}

bool Storm::at_rest() { return unrest().empty(); }

StormResult Storm::result(std::string violation) {
  return {cluster_.trace_hash(), cluster_.world().steps, std::move(violation)};
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
  load_.start();
  for (int i = 0; i < kRounds && cluster_.violation().empty(); ++i) round();
  load_.stop();
  if (!cluster_.violation().empty()) return result(cluster_.violation());
  calm_down();
  const bool rested = cluster_.run_until(kHealTime, [this] {
    return (load_.tidy() && at_rest()) || !cluster_.violation().empty();
  });
  if (!cluster_.violation().empty()) return result(cluster_.violation());
  if (!rested) return result("no rest after healing: " + unrest());
  if (std::string unexplained = judged(); !unexplained.empty()) return result(unexplained);
  return result();
}

}  // namespace

StormResult run_storm(uint64_t seed) { return Storm(seed).run(); }

}  // namespace es::sim
