#pragma once
// LocalTask: what the agent knows of one task; and the record of it that survives a pulled plug.

#include <cstdint>
#include <optional>

#include "core/base/fields.h"
#include "core/base/time.h"
#include "core/model/task.h"

namespace es::agent {

// Where the task's container is. Every state but kNone and kGone owns something on the node: a mount, a process, a bundle.
enum class Container : uint8_t {
  kNone,       // nothing made yet
  kPreparing,  // image looked up, root file system being mounted
  kPrepared,   // could start at once
  kStarting,   // the runtime was asked to start it
  kRunning,
  kStopping,   // the runtime was asked to stop it
  kExited,     // its files are still there
  kGone,       // nothing is left
};

constexpr bool owns_process(Container container) {
  return container == Container::kStarting || container == Container::kRunning || container == Container::kStopping;
}

// On disk under the fact "task/<id>".
struct TaskRecord {
  Task task;          // as last assigned
  TaskStatus status;  // as last observed

  static constexpr auto fields() {
    return std::tuple{field(1, "Task", &TaskRecord::task), field(2, "Status", &TaskRecord::status)};
  }
  bool operator==(const TaskRecord&) const = default;
};

struct LocalTask {
  Task task;
  TaskStatus status;
  Container container = Container::kNone;
  bool reported = false;      // a leader acknowledged `status`
  uint64_t report_sequence = 0;  // of the report under way that holds `status`; 0: none
  // `status` was read from the disk and nothing of the task has been seen since: a state stored
  // before this boot is not an observation of this boot, so it is not reported.
  bool of_earlier_run = false;
  // The log knew that the task had ended while this node did not: what it ends as here, whatever happens.
  std::optional<TaskStatus> logged_end;
};

}  // namespace es::agent
