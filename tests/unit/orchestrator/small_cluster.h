#pragma once
// SmallCluster: the tables, the control loop and the scheduler under virtual time, with agents of a
// few lines in place of nodes. Raft and the network are not here: a change is applied as soon as it
// is proposed.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/orchestrator/command.h"
#include "core/orchestrator/control_loop.h"
#include "core/scheduler/scheduler.h"
#include "core/state/tables.h"

namespace es::orchestrator {

constexpr int64_t kGiB = int64_t{1} << 30;
constexpr int64_t kMiB = int64_t{1} << 20;

class SmallCluster {
 public:
  SmallCluster();

  // Ready at once.
  NodeId add_node(const std::string& name, int64_t memory_bytes = kGiB, Labels labels = {});
  Node node(const std::string& name) const;
  void set_state(const std::string& name, NodeState state);
  void set_availability(const std::string& name, NodeAvailability availability);
  void change_node(const std::string& name, const std::function<void(Node&)>& edit);

  Result<CommandAnswer> execute(const Command& command);
  size_t state_bytes = 0;  // what the next command is told of the tables' size
  // These assert that the command is accepted.
  void create(const ServiceSpec& spec);
  void update(const std::string& name, const std::function<void(ServiceSpec&)>& edit);
  void scale(const std::string& name, uint64_t replicas);
  Service service(const std::string& name) const;

  // Time passes in steps of 50 ms. After every change the loop is run until it is content, and must
  // then have nothing more to say.
  void run(Duration time);
  // A new leader: all that the loop and the scheduler remembered is gone.
  void change_leader();
  // The running task of that slot ends.
  void end_task(const std::string& service, uint64_t slot, TaskState state = TaskState::kFailed);
  void observe(TaskId task, TaskState state);

  std::vector<Task> tasks(const std::string& service) const;    // all, by slot, then age
  std::vector<Task> running(const std::string& service) const;  // running and desired so
  size_t running_on(const std::string& service, const std::string& node) const;
  std::vector<uint64_t> slots(const std::string& service) const;
  Task newest(const std::string& service, uint64_t slot) const;

  // How tasks of an image end by themselves: after running for so long, with that state.
  struct Ending {
    Duration after;
    TaskState state = TaskState::kFailed;
  };
  std::map<std::string, Ending> endings;
  std::map<std::string, bool> never_starts;
  Duration stop_time;  // from being told to having stopped

  const state::Tables& tables() const { return tables_; }
  Instant now() const { return now_; }
  uint64_t changes() const { return index_; }

 private:
  void settle();
  bool propose(state::Draft& draft);
  bool step_agents();
  state::Ref<Node> find_node(const std::string& name) const;

  state::Tables tables_;
  state::Liveness liveness_;
  Prng prng_{7};
  uint64_t index_ = 0;
  Instant now_{seconds(1000).ns};
  std::unique_ptr<ControlLoop> loop_;
  std::unique_ptr<scheduler::Scheduler> scheduler_;
  Instant wake_ = kNever;
  std::map<TaskId, Instant> since_;     // the agent's last step with the task
  std::map<TaskId, Instant> stopping_;  // when it was told to stop it
};

// A replicated service of one image.
ServiceSpec spec_of(const std::string& name, uint64_t replicas = 1);

}  // namespace es::orchestrator
