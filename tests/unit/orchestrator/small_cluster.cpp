#include "tests/unit/orchestrator/small_cluster.h"

#include <algorithm>

#include "core/orchestrator/slot.h"
#include "core/state/reservations.h"
#include "doctest.h"

namespace es::orchestrator {

SmallCluster::SmallCluster()
    : loop_(std::make_unique<ControlLoop>(1)),
      scheduler_(std::make_unique<scheduler::Scheduler>()) {
  state::Draft draft(tables_);
  Cluster cluster;
  cluster.id = ClusterId::draw(prng_);
  draft.put(cluster);
  propose(draft);
}

NodeId SmallCluster::add_node(const std::string& name, int64_t memory_bytes, Labels labels) {
  Node node;
  node.id = NodeId::draw(prng_);
  node.spec.labels = std::move(labels);
  node.description.hostname = name;
  node.description.platform = {"arm64", "linux", ""};
  node.description.resources.cpu_nano = 4'000'000'000;
  node.description.resources.memory_bytes = memory_bytes;
  state::Draft draft(tables_);
  draft.put(node);
  propose(draft);
  liveness_.set(node.id, NodeState::kReady);
  settle();
  return node.id;
}

state::Ref<Node> SmallCluster::find_node(const std::string& name) const {
  const auto found = tables_.nodes_named(name);
  REQUIRE(found.size() == 1);
  return found[0];
}

Node SmallCluster::node(const std::string& name) const { return *find_node(name); }

void SmallCluster::set_state(const std::string& name, NodeState state) {
  liveness_.set(find_node(name)->id, state);
  settle();
}

void SmallCluster::set_availability(const std::string& name, NodeAvailability availability) {
  change_node(name, [&](Node& node) { node.spec.availability = availability; });
}

void SmallCluster::change_node(const std::string& name, const std::function<void(Node&)>& edit) {
  Node changed = *find_node(name);
  edit(changed);
  state::Draft draft(tables_);
  draft.put(changed);
  propose(draft);
  settle();
}

Result<CommandAnswer> SmallCluster::execute(const Command& command) {
  state::Draft draft(tables_);
  auto answer = orchestrator::execute(command, draft, {liveness_, WallTime{now_.ns}, prng_, state_bytes});
  propose(draft);
  settle();
  return answer;
}

void SmallCluster::create(const ServiceSpec& spec) {
  const auto answer = execute(CreateService{spec});
  CAPTURE(spec.name);
  REQUIRE_MESSAGE(answer.ok(), answer.error().message);
}

void SmallCluster::update(const std::string& name, const std::function<void(ServiceSpec&)>& edit) {
  const Service before = service(name);
  ServiceSpec spec = before.spec;
  edit(spec);
  const auto answer = execute(UpdateService{before.id, before.meta.version, spec});
  REQUIRE_MESSAGE(answer.ok(), answer.error().message);
}

void SmallCluster::scale(const std::string& name, uint64_t replicas) {
  update(name, [&](ServiceSpec& spec) { spec.mode.replicated->replicas = replicas; });
}

Service SmallCluster::service(const std::string& name) const {
  const auto found = tables_.service_by_name(name);
  REQUIRE(found);
  return *found;
}

bool SmallCluster::propose(state::Draft& draft) {
  bool changed = false;
  for (auto& actions : state::split(draft.take_actions())) {
    const state::Change change{{}, WallTime{now_.ns}, std::move(actions)};
    const state::Applied applied = tables_.apply(++index_, change);
    REQUIRE_MESSAGE(!applied.refused, applied.refused->message);
    changed = changed || !applied.events.empty();
  }
  return changed;
}

void SmallCluster::settle() {
  for (int rounds = 0; rounds < 10; ++rounds) {
    state::Draft draft(tables_);
    wake_ = loop_->run(draft, liveness_, now_, WallTime{now_.ns});
    scheduler_->run(draft, liveness_, now_, WallTime{now_.ns});
    if (!propose(draft)) break;
    REQUIRE(rounds < 9);
  }
  // No node is ever promised more than it has.
  for (const auto& [id, one] : tables_.rows<Node>()) {
    const state::Draft draft(tables_);
    CHECK(state::fits(state::offered(*one), {}, state::reserved(draft, id)));
  }
}

bool SmallCluster::step_agents() {
  state::Draft draft(tables_);
  for (const auto& [id, task] : tables_.rows<Task>()) {
    if (task->status.state < TaskState::kAssigned || is_terminal(task->status.state)) continue;
    if (liveness_.of(task->node_id) != NodeState::kReady) continue;
    const Instant since = since_.emplace(id, now_).first->second;
    Task changed = *task;
    if (task->desired_state > TaskState::kComplete) {
      if (stopping_.emplace(id, now_).first->second + stop_time > now_) continue;
      changed.status.state = TaskState::kShutdown;
    } else if (task->status.state < TaskState::kReady) {
      changed.status.state = TaskState::kReady;
    } else if (task->status.state == TaskState::kReady &&
               task->desired_state >= TaskState::kRunning) {
      if (never_starts[task->spec.container.image] || now_ < since + milliseconds(100)) continue;
      changed.status.state = TaskState::kRunning;
    } else if (task->status.state == TaskState::kRunning) {
      const auto ending = endings.find(task->spec.container.image);
      if (ending == endings.end() || now_ < since + ending->second.after) continue;
      changed.status.state = ending->second.state;
    } else {
      continue;
    }
    since_[id] = now_;
    draft.put(changed);
  }
  return propose(draft);
}

void SmallCluster::run(Duration time) {
  const Instant end = now_ + time;
  while (now_ < end) {
    now_ = now_ + milliseconds(50);
    const bool changed = step_agents();
    if (changed || now_ >= wake_) settle();
  }
}

void SmallCluster::change_leader() {
  loop_ = std::make_unique<ControlLoop>(99 + index_);
  scheduler_ = std::make_unique<scheduler::Scheduler>();
  settle();
}

void SmallCluster::observe(TaskId id, TaskState state) {
  Task changed = *tables_.task(id);
  changed.status.state = state;
  state::Draft draft(tables_);
  draft.put(changed);
  propose(draft);
  settle();
}

void SmallCluster::end_task(const std::string& name, uint64_t slot, TaskState state) {
  for (const Task& task : running(name)) {
    if (task.slot != slot) continue;
    observe(task.id, state);
    return;
  }
  FAIL("no running task in slot " << slot << " of " << name);
}

std::vector<Task> SmallCluster::tasks(const std::string& name) const {
  std::vector<Task> all;
  const Service owner = service(name);
  for (const Slot& slot : slots_of(owner, tables_.tasks_of_service(owner.id))) {
    for (const auto& task : slot.tasks) all.push_back(*task);
  }
  return all;
}

std::vector<Task> SmallCluster::running(const std::string& name) const {
  std::vector<Task> all = tasks(name);
  std::erase_if(all, [](const Task& task) {
    return task.status.state != TaskState::kRunning || task.desired_state > TaskState::kComplete;
  });
  return all;
}

size_t SmallCluster::running_on(const std::string& name, const std::string& node_name) const {
  const NodeId id = find_node(node_name)->id;
  const auto all = running(name);
  return static_cast<size_t>(
      std::count_if(all.begin(), all.end(), [&](const Task& task) { return task.node_id == id; }));
}

std::vector<uint64_t> SmallCluster::slots(const std::string& name) const {
  std::vector<uint64_t> numbers;
  for (const Task& task : tasks(name)) {
    if (task.desired_state <= TaskState::kRunning) numbers.push_back(task.slot);
  }
  return numbers;
}

Task SmallCluster::newest(const std::string& name, uint64_t slot) const {
  std::optional<Task> found;
  for (const Task& task : tasks(name)) {
    if (task.slot == slot) found = task;
  }
  REQUIRE(found.has_value());
  return *found;
}

ServiceSpec spec_of(const std::string& name, uint64_t replicas) {
  ServiceSpec spec;
  spec.name = name;
  spec.task.container.image = "v1";
  spec.mode.replicated = ReplicatedMode{replicas};
  return spec;
}

}  // namespace es::orchestrator
