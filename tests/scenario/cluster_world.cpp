#include "tests/scenario/cluster_world.h"

#include <algorithm>
#include <charconv>

#include "core/orchestrator/slot.h"
#include "tests/scenario/line.h"

namespace es::scenario {

namespace {

constexpr Duration kObserveInterval = milliseconds(50);
constexpr Duration kPatience = minutes(2);
constexpr int kMaxAttempts = 20;

sim::ClusterOptions options() {
  sim::ClusterOptions made;
  made.seed = 1;
  return made;
}

}  // namespace

ClusterWorld::ClusterWorld() : cluster_(options()) {}

Status ClusterWorld::set_managers(uint64_t count) {
  if (managers_started_) return invalid("'managers' must be the first command");
  if (count != 1 && count != 3 && count != 5) return invalid("there can be 1, 3 or 5 managers");
  manager_count_ = count;
  return {};
}

Status ClusterWorld::start_managers() {
  if (managers_started_) return {};
  managers_started_ = true;
  for (uint64_t i = 1; i <= manager_count_; ++i) {
    // It offers nothing, so it runs no tasks and is not counted as a node.
    NodeDescription description;
    description.platform = {"arm64", "linux", ""};
    cluster_.add("manager/" + std::to_string(i), description, NodeRole::kManager);
  }
  const bool formed = cluster_.run_until(kPatience, [&] {
    sim::Board* leader = cluster_.leader();
    return leader && leader->node()->replica()->raft().config().voters.size() == manager_count_;
  });
  return formed ? Status() : Error{Errc::kTimeout, "the managers do not form a cluster"};
}

bool ClusterWorld::is_ready(const std::string& name) {
  const auto found = node(name);
  return found.ok() && node_state((*found)->id) == NodeState::kReady;
}

Status ClusterWorld::add_node(const std::string& name, const NodeDescription& description,
                              const NodeSpec& spec, std::string ip, bool comes_up) {
  ES_CHECK(start_managers());
  if (cluster_.find(name)) return invalid("there is a node '" + name + "' already");
  sim::Board& added = cluster_.add(name, description, spec.role, spec.availability, std::move(ip));
  const auto joined = [&] { return comes_up ? is_ready(name) : added.is_up(); };
  if (!cluster_.run_until(kPatience, joined))
    return Error{Errc::kTimeout, "node '" + name + "' does not get in"};
  if (!comes_up) {
    cluster_.power_off(added);
    const auto seen = [&] {
      const auto found = node(name);
      return found.ok() && node_state((*found)->id) == NodeState::kDown;
    };
    if (!cluster_.run_until(kPatience, seen))
      return Error{Errc::kTimeout, "node '" + name + "' is not seen as down"};
  }
  if (spec.labels.empty()) return {};
  return command([&]() -> Result<orchestrator::Command> {
    ES_TRY(const state::Ref<Node> known, node(name));
    NodeSpec labelled = known->spec;
    labelled.labels = spec.labels;
    return orchestrator::Command(
        orchestrator::UpdateNode{known->id, known->meta.version, labelled});
  });
}

Result<sim::Board*> ClusterWorld::board(const std::string& name) {
  sim::Board* found = cluster_.find(name);
  if (!found) return invalid("there is no node '" + name + "'");
  return found;
}

Result<const state::Tables*> ClusterWorld::tables() {
  ES_CHECK(start_managers());
  const state::Tables* found = cluster_.tables();
  if (!found) return invalid("no manager is up");
  return found;
}

Result<state::Ref<Node>> ClusterWorld::node(const std::string& name) {
  ES_TRY(const state::Tables* known, tables());
  for (const auto& [id, one] : known->rows<Node>()) {
    if (one->description.hostname == name) return one;
  }
  return invalid("the cluster knows no node '" + name + "'");
}

Result<state::Ref<Service>> ClusterWorld::service(const std::string& name) {
  ES_TRY(const state::Tables* known, tables());
  state::Ref<Service> found = known->service_by_name(name);
  if (!found) return invalid("there is no service '" + name + "'");
  return found;
}

NodeState ClusterWorld::node_state(NodeId id) {
  sim::Board* leader = cluster_.leader();
  return leader ? leader->node()->liveness(id) : NodeState::kUnknown;
}

std::string ClusterWorld::node_name(NodeId id) {
  const auto known = tables();
  if (!known.ok() || id.empty()) return "no node";
  const auto found = (*known)->node(id);
  return found ? found->description.hostname : "a removed node";
}

Status ClusterWorld::command(const std::function<Result<orchestrator::Command>()>& make) {
  ES_CHECK(start_managers());
  for (int attempt = 1;; ++attempt) {
    ES_TRY(orchestrator::Command made, make());
    const auto answer = cluster_.command(std::move(made));
    observe();
    if (answer.ok()) return {};
    // As the CLI does: the object was changed by somebody else, or the leader by an election.
    const Errc code = answer.error().code;
    const bool again =
        code == Errc::kOutOfSequence || code == Errc::kUnavailable || code == Errc::kTimeout;
    if (!again || attempt == kMaxAttempts) return answer.error();
    run(milliseconds(200));
  }
}

void ClusterWorld::run(Duration time) {
  if (const Status started = start_managers(); !started.ok() && unsound_.empty())
    unsound_ = started.error().message;
  while (time.ns > 0) {
    const Duration step = std::min(time, kObserveInterval);
    cluster_.run(step);
    time = time - step;
    observe();
  }
}

void ClusterWorld::observe() {
  const state::Tables* known = cluster_.tables();
  if (!known) return;
  for (const auto& [id, task] : known->rows<Task>()) service_of_.emplace(id, task->service_name);
  if (cluster_.leader()) check_slots(*known);
}

// A slot that is updated stop-first has one owner at a time. A node that the leader has lost does
// not count: what it runs cannot be known.
void ClusterWorld::check_slots(const state::Tables& known) {
  if (!unsound_.empty()) return;
  for (const auto& [id, one] : known.rows<Service>()) {
    const auto is_start_first = [](const std::optional<UpdateConfig>& config) {
      return config && config->order == UpdateOrder::kStartFirst;
    };
    if (is_start_first(one->spec.update) || is_start_first(one->spec.rollback)) continue;
    for (const orchestrator::Slot& slot :
         orchestrator::slots_of(*one, known.tasks_of_service(id))) {
      const auto owners =
          std::count_if(slot.tasks.begin(), slot.tasks.end(), [&](const state::Ref<Task>& task) {
            return task->status.state == TaskState::kRunning &&
                   task->desired_state <= TaskState::kComplete &&
                   node_state(task->node_id) == NodeState::kReady;
          });
      if (owners > 1)
        unsound_ =
            "slot " + std::to_string(slot.key.number) + " of " + one->spec.name + " runs twice";
    }
  }
}

std::string ClusterWorld::unsoundness() {
  return unsound_.empty() ? cluster_.violation() : unsound_;
}

void ClusterWorld::power_on(sim::Board& board) { cluster_.start(board); }

Status ClusterWorld::take_leader_down() {
  ES_CHECK(start_managers());
  cluster_.run_until(kPatience, [&] { return cluster_.leader() != nullptr; });
  sim::Board* leader = cluster_.leader();
  if (!leader) return invalid("nobody leads");
  fallen_leaders_.push_back(leader);
  cluster_.power_off(*leader);
  return {};
}

Status ClusterWorld::bring_managers_up() {
  if (fallen_leaders_.empty()) return invalid("no manager was taken down by leader-down");
  for (sim::Board* fallen : fallen_leaders_) cluster_.start(*fallen);
  fallen_leaders_.clear();
  return {};
}

Status ClusterWorld::kill_container(TaskId task, int64_t code) {
  for (size_t i = 0; i < cluster_.size(); ++i) {
    if (cluster_.board(i).runtime().kill(task, code)) return {};
  }
  return invalid("task " + task.to_string() + " has no running container");
}

Result<std::vector<state::Ref<Task>>> ClusterWorld::tasks_of_place(const std::string& place) {
  const size_t at = place.find_last_of(".@");
  if (at == std::string::npos)
    return invalid("'" + place + "' is neither SERVICE.SLOT nor SERVICE@NODE");
  ES_TRY(const state::Ref<Service> owner, service(place.substr(0, at)));
  std::vector<state::Ref<Task>> found = (*tables())->tasks_of_service(owner->id);
  if (place[at] == '@') {
    ES_TRY(const state::Ref<Node> where, node(place.substr(at + 1)));
    std::erase_if(found, [&](const state::Ref<Task>& task) { return task->node_id != where->id; });
  } else {
    ES_TRY(const uint64_t slot, parse_number(place.substr(at + 1)));
    std::erase_if(found, [&](const state::Ref<Task>& task) { return task->slot != slot; });
  }
  std::sort(found.begin(), found.end(), [](const state::Ref<Task>& a, const state::Ref<Task>& b) {
    return orchestrator::is_older(*b, *a);
  });
  return found;
}

void ClusterWorld::mark() { mark_ = script().started.size(); }

uint64_t ClusterWorld::started_since_mark(const std::string& name) {
  const auto& started = script().started;
  return static_cast<uint64_t>(std::count_if(started.begin() + static_cast<std::ptrdiff_t>(mark_),
                                             started.end(), [&](TaskId id) {
                                               const auto it = service_of_.find(id);
                                               return it != service_of_.end() && it->second == name;
                                             }));
}

}  // namespace es::scenario
