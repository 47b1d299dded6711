#pragma once
// Task: one run of a service's template on one node. A task is never restarted: a new task takes its slot.

#include <array>
#include <cstdint>
#include <string>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/time.h"
#include "core/model/meta.h"
#include "core/model/task_spec.h"

namespace es {

// Swarm's states with Swarm's numbers. The observed state of a task never decreases.
enum class TaskState : uint16_t {
  kNew = 0,
  kPending = 64,     // waits for a node
  kAssigned = 192,   // has a node
  kAccepted = 256,   // the agent admitted it
  kPreparing = 320,  // image, root file system
  kReady = 384,      // could start at once
  kStarting = 448,
  kRunning = 512,
  kComplete = 576,   // exited with 0
  kShutdown = 640,   // stopped because it was asked to
  kFailed = 704,     // exited with an error, or could not start
  kRejected = 768,   // refused before starting
  kRemove = 800,     // desired only: to be stopped and deleted
  kOrphaned = 832,   // its node has been gone for too long
};
constexpr auto enum_names(TaskState) {
  using enum TaskState;
  return std::array{
      EnumName{kNew, "new"}, EnumName{kPending, "pending"}, EnumName{kAssigned, "assigned"},
      EnumName{kAccepted, "accepted"}, EnumName{kPreparing, "preparing"}, EnumName{kReady, "ready"},
      EnumName{kStarting, "starting"}, EnumName{kRunning, "running"}, EnumName{kComplete, "complete"},
      EnumName{kShutdown, "shutdown"}, EnumName{kFailed, "failed"}, EnumName{kRejected, "rejected"},
      EnumName{kRemove, "remove"}, EnumName{kOrphaned, "orphaned"}};
}

// The task will never run again.
constexpr bool is_terminal(TaskState state) { return state > TaskState::kRunning; }

struct ContainerStatus {
  std::string container_id;
  int64_t pid = 0;
  int64_t exit_code = 0;
  bool oom_killed = false;

  static constexpr auto fields() {
    using C = ContainerStatus;
    return std::tuple{field(1, "ContainerID", &C::container_id), field(2, "PID", &C::pid),
                      field(3, "ExitCode", &C::exit_code), field(4, "OOMKilled", &C::oom_killed)};
  }
  bool operator==(const ContainerStatus&) const = default;
};

struct TaskStatus {
  WallTime timestamp;  // of the node that observed it
  TaskState state = TaskState::kNew;
  std::string message;  // "started", "preparing"; a pending reason
  std::string err;      // why it failed, in one sentence
  ContainerStatus container;

  static constexpr auto fields() {
    using T = TaskStatus;
    return std::tuple{field(1, "Timestamp", &T::timestamp), field(2, "State", &T::state),
                      field(3, "Message", &T::message), field(4, "Err", &T::err),
                      field(5, "ContainerStatus", &T::container)};
  }
  bool operator==(const TaskStatus&) const = default;
};

struct Task {
  TaskId id;
  Meta meta;
  TaskSpec spec;
  Version spec_version;  // of the service when the task was made
  ServiceId service_id;
  std::string service_name;  // when the task was made
  uint64_t slot = 0;         // from 1; 0 for tasks of a global service, which have a fixed node instead
  NodeId node_id;            // empty until assigned
  TaskStatus status;
  TaskState desired_state = TaskState::kNew;
  uint64_t job_iteration = 0;
  uint64_t attempt = 0;  // restarts in its slot before it, under the same spec version
  Duration start_delay;  // with desired state ready: how long it waits until it may run
  std::string unknown_fields;

  static constexpr auto fields() {
    using T = Task;
    return std::tuple{field(1, "ID", &T::id), field(2, "Meta", &T::meta), field(3, "Spec", &T::spec),
                      field(4, "SpecVersion", &T::spec_version), field(5, "ServiceID", &T::service_id),
                      field(6, "ServiceName", &T::service_name), field(7, "Slot", &T::slot),
                      field(8, "NodeID", &T::node_id), field(9, "Status", &T::status),
                      field(10, "DesiredState", &T::desired_state),
                      field(11, "JobIteration", &T::job_iteration), field(12, "Attempt", &T::attempt),
                      field(13, "StartDelay", &T::start_delay)};
  }
  bool operator==(const Task&) const = default;
};

}  // namespace es
