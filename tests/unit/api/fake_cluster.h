#pragma once
// FakeCluster: three managers and two workers without a network: real tables, real commands, the real control loop and scheduler; agents
// that make every task run at the next tick. The API is asked on the first manager.

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/orchestrator/control_loop.h"
#include "core/scheduler/scheduler.h"
#include "core/state/liveness.h"
#include "services/api/cluster_control.h"

namespace es::api {

class FakeImages : public ports::Images {
 public:
  std::vector<ports::Image> images;

  std::vector<ports::Image> list() const override { return images; }
  std::optional<ports::Image> find(const std::string& reference) const override;
  void mount(TaskId, const std::string&, std::function<void(Result<std::string>)>) override {}
  void unmount(TaskId) override {}
  Status remove(const std::string& reference, bool force) override;
};

class FakeCluster : public ClusterControl {
 public:
  FakeCluster();

  // Agents work, the control loop runs, answers that were due are given. One second passes.
  void tick();
  // Gives the answers that are due, nothing else.
  void deliver();

  NodeId add_node(const std::string& hostname, NodeRole role);
  NodeId node_named(const std::string& hostname) const;
  const state::Tables& replica() const { return tables_; }

  // What a test may bend.
  LocalStatus local;
  bool has_quorum = true;
  bool memory_controller = true;
  std::set<NodeId> unreachable;
  state::Liveness alive;
  FakeImages fake_images;
  std::map<std::string, std::string> failing_images;  // image -> error
  // Per slot of any service; followed logs get `log_tail` at the next tick and end then.
  std::vector<wire::LogRecord> log;
  std::vector<wire::LogRecord> log_tail;
  std::string log_error;
  std::string loaded_bytes;
  bool load_fails = false;
  bool just_started = false;  // this node, which has seen none of its tasks yet
  std::map<TaskId, TaskStatus> seen;  // beyond what the tables have
  std::vector<InitOptions> inits;
  std::vector<JoinOptions> joins;
  std::vector<bool> leaves;
  std::vector<orchestrator::Command> commands;
  std::vector<wire::LogRequest> log_requests;
  size_t watchers() const { return watchers_.size(); }
  size_t log_streams() const { return streams_.size(); }

  LocalStatus status() const override { return local; }
  ports::BoardFacts board() const override;
  DaemonFacts facts() const override;
  NodeDescription description() const override;
  std::vector<Task> local_tasks() const override;
  std::optional<TaskStatus> seen_here(TaskId task) const override;
  WallTime now() const override { return {wall_ns_}; }
  std::unique_ptr<Subscription> after(Duration delay, std::function<void()> callback) override;
  std::string random_bytes(size_t count) override { return std::string(count, 'r'); }
  std::vector<Metric> metrics() const override;
  const state::Tables* tables() const override { return local.is_manager ? &tables_ : nullptr; }
  NodeState liveness(NodeId node) const override { return alive.of(node); }
  bool is_reachable(NodeId manager) const override { return unreachable.count(manager) == 0; }
  std::string join_token(NodeRole role) const override;
  TrustInfo trust() const override { return {"-----BEGIN CERTIFICATE-----\n", "subject", "key"}; }
  void barrier(Done<void> done) override;
  void submit(orchestrator::Command command, Done<orchestrator::CommandAnswer> done) override;
  std::unique_ptr<Subscription> watch(std::function<void(const state::Event&)> on_event) override;
  std::unique_ptr<LogStream> fetch_logs(NodeId node, const wire::LogRequest& request,
                                        std::function<void(wire::LogBatch)> on_batch) override;
  void init(InitOptions options, Done<NodeId> done) override;
  void join(JoinOptions options, Done<void> done) override;
  void leave(bool force, Done<void> done) override;
  ports::Images& images() override { return fake_images; }
  std::unique_ptr<ImageLoad> load_image(ImageLoad::Events events) override;

 private:
  struct Stream;
  struct Watcher;
  struct Timer;
  struct Load;

  void propose(state::Draft& draft);
  void settle();
  void step_agents();

  state::Tables tables_;
  Prng prng_{11};
  uint64_t index_ = 0;
  int64_t wall_ns_ = 1'763'613'664'000'000'000;
  Instant now_{seconds(1000).ns};
  orchestrator::ControlLoop loop_{5};
  scheduler::Scheduler scheduler_;
  std::deque<std::function<void()>> due_;
  std::map<uint64_t, std::function<void(const state::Event&)>> watchers_;
  std::map<uint64_t, std::pair<Instant, std::function<void()>>> timers_;
  std::map<uint64_t, std::function<void(wire::LogBatch)>> streams_;
  uint64_t last_number_ = 0;
};

// "busybox:latest" for amd64.
ports::Image busybox_image();

}  // namespace es::api
