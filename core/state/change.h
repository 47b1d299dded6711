#pragma once
// Change: the payload of one Raft entry that alters the replicated tables, all of it or nothing.

#include <array>
#include <cstdint>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/time.h"
#include "core/model/cluster.h"
#include "core/model/node.h"
#include "core/model/service.h"
#include "core/model/task.h"

namespace es::state {

// Swarm's bounds of one transaction (manager/state/store/memory.go): more is split by the proposer.
constexpr size_t kMaxChangeActions = 200;
constexpr size_t kMaxChangeBytes = 1'500'000;  // encoded

enum class ObjectKind : uint8_t { kCluster = 0, kNode = 1, kService = 2, kTask = 3 };
constexpr auto enum_names(ObjectKind) {
  return std::array{EnumName{ObjectKind::kCluster, "cluster"}, EnumName{ObjectKind::kNode, "node"},
                    EnumName{ObjectKind::kService, "service"}, EnumName{ObjectKind::kTask, "task"}};
}

using ObjectId = Id<struct ObjectTag>;

// Nothing happens when the object is gone already. A version other than 0 must be the object's
// current one.
struct Removal {
  ObjectKind kind = ObjectKind::kCluster;
  ObjectId id;
  Version based_on;

  static constexpr auto fields() {
    return std::tuple{field(1, "Kind", &Removal::kind), field(2, "ID", &Removal::id),
                      field(3, "BasedOn", &Removal::based_on)};
  }
  bool operator==(const Removal&) const = default;
};

// A new task whose spec is its service's: the entry does not repeat it. `task.spec` is empty and
// `task.spec_version` must be the service's when the change is applied.
struct TaskOfService {
  Task task;

  static constexpr auto fields() { return std::tuple{field(1, "Task", &TaskOfService::task)}; }
  bool operator==(const TaskOfService&) const = default;
};

// What may change in a task. Each part only moves forward (observed and desired state rise, the
// node is set once), so updates of the leader and observations of agents merge in any order and
// need no version. A part that would move back is left out; an update of a task that is gone does
// nothing.
struct TaskUpdate {
  TaskId id;
  std::optional<NodeId> node_id;
  std::optional<TaskStatus> status;
  std::optional<TaskState> desired_state;

  static constexpr auto fields() {
    using T = TaskUpdate;
    return std::tuple{field(1, "ID", &T::id), field(2, "NodeID", &T::node_id),
                      field(3, "Status", &T::status), field(4, "DesiredState", &T::desired_state)};
  }
  bool operator==(const TaskUpdate&) const = default;
};

// An object stands for its put: one with meta.version 0 is new, any other version must be the
// object's current one. The order is the wire's: new kinds go last.
using Action = std::variant<Cluster, Node, Service, Task, TaskOfService, TaskUpdate, Removal>;

// By which the proposer knows its own change again when it is applied. Sequences of one node never
// repeat.
struct ChangeId {
  NodeId origin;
  uint64_t sequence = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "Origin", &ChangeId::origin),
                      field(2, "Sequence", &ChangeId::sequence)};
  }
  auto operator<=>(const ChangeId&) const = default;
};

struct Change {
  ChangeId id;
  WallTime stamped_at;  // the proposer's clock; becomes created_at and updated_at
  std::vector<Action> actions;

  static constexpr auto fields() {
    return std::tuple{field(1, "ID", &Change::id), field(2, "StampedAt", &Change::stamped_at),
                      field(3, "Actions", &Change::actions)};
  }
  bool operator==(const Change&) const = default;
};

// The same actions in the same order, in runs that each fit into one change. An action that is too
// big alone stays alone.
std::vector<std::vector<Action>> split(std::vector<Action> actions,
                                       size_t max_actions = kMaxChangeActions,
                                       size_t max_bytes = kMaxChangeBytes);

}  // namespace es::state
