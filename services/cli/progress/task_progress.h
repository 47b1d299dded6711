#pragma once
// How far the tasks of a service are, from one look at the cluster: the rules by which Docker's
// client decides that a service runs.

#include <string>
#include <vector>

#include "services/json/json_fwd.h"

namespace es::cli {

using json::Json;

constexpr int kStepsToRunning = 9;       // of a task's states, from "new" on
constexpr size_t kMaxProgressBars = 20;  // of more tasks only the sum is shown

struct ProgressLine {
  std::string label;       // "overall progress", "2/5"
  std::string text;        // "running", an error
  int steps = 0;           // of kStepsToRunning; 0: no bar
  bool is_detail = false;  // about one task, without an error: shown on a terminal only

  bool operator==(const ProgressLine&) const = default;
};

struct TaskProgress {
  std::vector<ProgressLine> lines;
  bool is_converged = false;
  bool is_job = false;
  bool is_idle = false;  // converged, and there is no task that could fail
};

// `tasks` are the service's up-to-date ones, `nodes` all.
TaskProgress measure_progress(const Json& service, const Json& tasks, const Json& nodes);

}  // namespace es::cli
