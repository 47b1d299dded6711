#include "tests/unit/api/fake_cluster.h"

#include <algorithm>

namespace es::api {

// Takes its number out of the map when it is destroyed.
template <class Interface, class Map>
struct Registration : Interface {
  Map& map;
  uint64_t number;
  Registration(Map& in, uint64_t with) : map(in), number(with) {}
  ~Registration() override { map.erase(number); }
};

struct FakeCluster::Stream : Registration<LogStream, std::map<uint64_t, std::function<void(wire::LogBatch)>>> {
  using Registration::Registration;
  void pause(bool) override {}
};
struct FakeCluster::Watcher
    : Registration<Subscription, std::map<uint64_t, std::function<void(const state::Event&)>>> {
  using Registration::Registration;
};
struct FakeCluster::Timer : Registration<Subscription, std::map<uint64_t, std::pair<Instant, std::function<void()>>>> {
  using Registration::Registration;
};

struct FakeCluster::Load : ImageLoad {
  FakeCluster& cluster;
  Events events;
  Load(FakeCluster& in, Events to) : cluster(in), events(std::move(to)) {}
  void feed(std::string_view piece) override { cluster.loaded_bytes += piece; }
  void finish() override {
    cluster.due_.push_back([done = events.done, fails = cluster.load_fails] {
      if (fails) done(corrupt("the archive ends in the middle of a layer"));
      else done(std::vector<std::string>{"busybox:latest", "sha256:" + std::string(64, 'b')});
    });
  }
};

ports::Image busybox_image() {
  ports::Image image;
  image.id = "sha256:" + std::string(64, 'a');
  image.tags = {"busybox:latest"};
  image.layers = {"sha256:" + std::string(64, 'c')};
  image.size_bytes = 2'000'000;
  image.created_at = {1'700'000'000'000'000'000};
  image.platform = {"amd64", "linux", ""};
  image.config.command = {"sh"};
  image.config.env = {"PATH=/bin"};
  return image;
}

std::optional<ports::Image> FakeImages::find(const std::string& reference) const {
  for (const ports::Image& image : images) {
    for (const std::string& tag : image.tags) {
      if (tag == reference || tag == reference + ":latest") return image;
    }
    if (image.id == reference || image.id.starts_with("sha256:" + reference)) return image;
  }
  return std::nullopt;
}

Status FakeImages::remove(const std::string& reference, bool force) {
  if (reference == "used" && !force) return Error{Errc::kConflict, "image used is in use by a task"};
  const auto found = find(reference);
  std::erase_if(images, [&](const ports::Image& image) { return found && image.id == found->id; });
  return {};
}

FakeCluster::FakeCluster() {
  state::Draft draft(tables_);
  Cluster cluster;
  cluster.id = ClusterId::draw(prng_);
  cluster.join_secrets = {std::string(16, 'w'), std::string(16, 'm')};
  draft.put(cluster);
  propose(draft);
  for (const char* name : {"es1", "es2", "es3"}) add_node(name, NodeRole::kManager);
  for (const char* name : {"es4", "es5"}) add_node(name, NodeRole::kWorker);
  local.state = SwarmState::kActive;
  local.node = node_named("es1");
  local.address = {"10.99.0.1", 2377};
  local.is_manager = true;
  local.leader = local.node;
  for (const char* name : {"es1", "es2", "es3"}) {
    const NodeId id = node_named(name);
    local.managers.push_back({id, tables_.node(id)->address});
  }
  fake_images.images.push_back(busybox_image());
}

NodeId FakeCluster::add_node(const std::string& hostname, NodeRole role) {
  Node node;
  node.id = NodeId::draw(prng_);
  node.spec.role = node.certificate_role = role;
  node.description.hostname = hostname;
  node.description.platform = {"amd64", "linux", ""};
  node.description.resources.cpu_nano = 4'000'000'000;
  node.description.resources.memory_bytes = int64_t{1} << 30;
  node.description.engine_version = "0.1.0";
  node.address = {"10.99.0." + std::to_string(tables_.rows<Node>().size() + 1), 2377};
  if (role == NodeRole::kManager) node.manager = ManagerInfo{tables_.rows<Node>().size() + 1};
  state::Draft draft(tables_);
  draft.put(node);
  propose(draft);
  alive.set(node.id, NodeState::kReady);
  return node.id;
}

NodeId FakeCluster::node_named(const std::string& hostname) const { return tables_.nodes_named(hostname).at(0)->id; }

void FakeCluster::propose(state::Draft& draft) {
  for (auto& actions : state::split(draft.take_actions())) {
    const state::Applied applied = tables_.apply(++index_, {{}, now(), std::move(actions)});
    ES_ASSERT(!applied.refused);
    const auto watchers = watchers_;
    for (const state::Event& event : applied.events) {
      for (const auto& [number, on_event] : watchers) on_event(event);
    }
  }
}

void FakeCluster::settle() {
  for (int rounds = 0; rounds < 3; ++rounds) {
    state::Draft draft(tables_);
    loop_.run(draft, alive, now_, now());
    scheduler_.run(draft, alive, now_, now());
    propose(draft);
  }
}

void FakeCluster::step_agents() {
  state::Draft draft(tables_);
  for (const auto& [id, task] : tables_.rows<Task>()) {
    if (task->status.state < TaskState::kAssigned || is_terminal(task->status.state)) continue;
    if (alive.of(task->node_id) != NodeState::kReady) continue;
    Task changed = *task;
    changed.status.timestamp = now();
    const auto failing = failing_images.find(task->spec.container.image);
    if (task->desired_state > TaskState::kComplete) {
      changed.status.state = TaskState::kShutdown;
    } else if (failing != failing_images.end()) {
      changed.status.state = TaskState::kFailed;
      changed.status.err = failing->second;
      changed.status.container = {"c0ffee", 0, 137, true};
    } else if (task->status.state < TaskState::kReady) {
      changed.status.state = TaskState::kReady;
    } else if (task->desired_state >= TaskState::kRunning) {
      changed.status.state = TaskState::kRunning;
      changed.status.message = "started";
      changed.status.container = {"c0ffee", 4711, 0, false};
    }
    draft.put(changed);
  }
  propose(draft);
}

void FakeCluster::deliver() {
  for (size_t count = due_.size(); count > 0; --count) {
    const auto callback = std::move(due_.front());
    due_.pop_front();
    callback();
  }
}

void FakeCluster::tick() {
  now_ = now_ + seconds(1);
  wall_ns_ += seconds(1).ns;
  deliver();
  if (has_quorum) {
    step_agents();
    settle();
  }
  const auto timers = timers_;
  for (const auto& [number, timer] : timers) {
    if (timer.first <= now_) timer.second();
  }
  const auto streams = streams_;
  for (const auto& [number, on_batch] : streams) on_batch({log_tail, true, log_error});
}

ports::BoardFacts FakeCluster::board() const {
  ports::BoardFacts facts;
  facts.model = "Raspberry Pi 4 Model B Rev 1.4";
  facts.kernel_release = "6.1.0";
  facts.os_name = "Debian GNU/Linux 12 (bookworm)";
  facts.platform = {"amd64", "linux", ""};
  facts.memory_bytes = int64_t{1} << 30;
  facts.cpu_count = 4;
  facts.memory_controller = memory_controller;
  return facts;
}

DaemonFacts FakeCluster::facts() const {
  DaemonFacts facts;
  facts.version = "0.1.0";
  facts.git_commit = "abcdef0";
  facts.build_time = "2026-11-20T00:00:00Z";
  facts.data_folder = "/var/lib/edgeswarm";
  facts.runtime = "crun 1.21";
  if (!memory_controller) facts.warnings = {"No memory limit support: add cgroup_enable=memory to /boot/cmdline.txt"};
  return facts;
}

NodeDescription FakeCluster::description() const { return tables_.node(node_named("es1"))->description; }

std::vector<Task> FakeCluster::local_tasks() const {
  std::vector<Task> tasks;
  for (const auto& task : tables_.tasks_of_node(local.node)) tasks.push_back(*task);
  return tasks;
}

std::optional<TaskStatus> FakeCluster::seen_here(TaskId task) const {
  if (just_started) return std::nullopt;
  const auto newer = seen.find(task);
  if (newer != seen.end()) return newer->second;
  const auto known = tables_.task(task);
  return known ? std::optional(known->status) : std::nullopt;
}

std::unique_ptr<Subscription> FakeCluster::after(Duration delay, std::function<void()> callback) {
  timers_[++last_number_] = {now_ + delay, std::move(callback)};
  return std::make_unique<Timer>(timers_, last_number_);
}

std::vector<Metric> FakeCluster::metrics() const {
  return {{"edgeswarm_tasks", "tasks of this node", false, {{"state", "run\"ning"}}, 3},
          {"edgeswarm_raft_commits_total", "entries committed", true, {}, 12},
          {"edgeswarm_tasks", "tasks of this node", false, {{"state", "failed"}}, 0.5}};
}

std::string FakeCluster::join_token(NodeRole role) const {
  const JoinSecrets& secrets = tables_.cluster()->join_secrets;
  return "ESWTKN-1-" + (role == NodeRole::kManager ? secrets.manager : secrets.worker);
}

void FakeCluster::barrier(Done<void> done) {
  due_.push_back([this, done] {
    if (has_quorum) return done({});
    done(unavailable("The swarm does not have a leader. It's possible that too few managers are online. Make sure more "
                     "than half of the managers are online."));
  });
}

void FakeCluster::submit(orchestrator::Command command, Done<orchestrator::CommandAnswer> done) {
  commands.push_back(command);
  due_.push_back([this, command, done] {
    state::Draft draft(tables_);
    size_t state_bytes = 0;
    auto answer = orchestrator::execute(command, draft, {alive, now(), prng_, state_bytes});
    propose(draft);
    settle();
    done(std::move(answer));
  });
}

std::unique_ptr<Subscription> FakeCluster::watch(std::function<void(const state::Event&)> on_event) {
  watchers_[++last_number_] = std::move(on_event);
  return std::make_unique<Watcher>(watchers_, last_number_);
}

std::unique_ptr<LogStream> FakeCluster::fetch_logs(NodeId, const wire::LogRequest& request,
                                                   std::function<void(wire::LogBatch)> on_batch) {
  log_requests.push_back(request);
  const bool ends_now = !request.follow;
  on_batch({log, ends_now, ends_now ? log_error : ""});
  if (!ends_now) streams_[++last_number_] = std::move(on_batch);
  return std::make_unique<Stream>(streams_, ends_now ? 0 : last_number_);
}

void FakeCluster::init(InitOptions options, Done<NodeId> done) {
  inits.push_back(std::move(options));
  due_.push_back([this, done] {
    local.state = SwarmState::kActive;
    local.is_manager = true;
    local.node = node_named("es1");
    done(local.node);
  });
}

void FakeCluster::join(JoinOptions options, Done<void> done) {
  const bool is_good = options.token.starts_with("ESWTKN-1-");
  joins.push_back(std::move(options));
  due_.push_back([this, done, is_good] {
    if (!is_good) return done(invalid("invalid join token"));
    local.state = SwarmState::kActive;
    local.is_manager = false;
    local.node = node_named("es4");
    done({});
  });
}

void FakeCluster::leave(bool force, Done<void> done) {
  leaves.push_back(force);
  due_.push_back([this, done] {
    local.state = SwarmState::kInactive;
    local.is_manager = false;
    local.node = {};
    done({});
  });
}

std::unique_ptr<ImageLoad> FakeCluster::load_image(ImageLoad::Events events) {
  return std::make_unique<Load>(*this, std::move(events));
}

}  // namespace es::api
