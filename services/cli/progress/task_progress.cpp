#include "services/cli/progress/task_progress.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "services/cli/document.h"
#include "services/cli/human.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

constexpr size_t kMaxErrorCharacters = 60;
constexpr int kStepOfComplete = kStepsToRunning + 1;

// The order of states on the way, 1 for "new"; 0 for those in which a task is not part of the
// service any more.
int step_of(const std::string& state) {
  constexpr std::array<std::string_view, 13> kStates{
      "new",      "allocated", "pending",  "assigned", "accepted", "preparing", "ready",
      "starting", "running",   "complete", "shutdown", "failed",   "rejected"};
  const auto* const found = std::ranges::find(kStates, state);
  return found == kStates.end() ? 0 : static_cast<int>(found - kStates.begin()) + 1;
}

struct TaskView {
  std::string key;  // what it competes for: its slot, or its node
  std::string node;
  std::string state;
  std::string error;
  int wanted = 0;    // step
  int observed = 0;  // step

  bool is_running() const { return wanted < kStepOfComplete && state == "running"; }
};

std::set<std::string> live_nodes(const Json& nodes) {
  std::set<std::string> ids;
  for (const Json& node : nodes) {
    if (text_at(node, "/Status/State") != "down") ids.insert(text_at(node, "/ID"));
  }
  return ids;
}

TaskView view_of(const Json& task, bool by_node) {
  TaskView view;
  view.node = text_at(task, "/NodeID");
  view.key = by_node ? view.node : std::to_string(number_at(task, "/Slot"));
  view.state = text_at(task, "/Status/State");
  view.error = text_at(task, "/Status/Err");
  view.wanted = step_of(text_at(task, "/DesiredState"));
  view.observed = step_of(view.state);
  return view;
}

// Of several tasks in one slot the one that is to live counts; with start-first updates two are,
// and the less advanced one counts.
bool replaces(const TaskView& candidate, const TaskView& current) {
  if (candidate.wanted != current.wanted) return candidate.wanted < current.wanted;
  return candidate.observed < current.observed;
}

std::vector<TaskView> current_tasks(const Json& tasks, const std::set<std::string>& live,
                                    bool by_node) {
  std::map<std::string, TaskView> by_key;
  for (const Json& task : tasks) {
    TaskView view = view_of(task, by_node);
    if (view.wanted == 0 || view.observed == 0) continue;
    if (!view.node.empty() && live.count(view.node) == 0) continue;
    const auto found = by_key.find(view.key);
    if (found == by_key.end())
      by_key.emplace(view.key, std::move(view));
    else if (replaces(view, found->second))
      found->second = std::move(view);
  }
  std::vector<TaskView> list;
  for (auto& [key, view] : by_key) list.push_back(std::move(view));
  std::ranges::sort(
      list, [](const TaskView& a, const TaskView& b) { return natural_less(a.key, b.key); });
  return list;
}

ProgressLine task_line(const std::string& label, const TaskView& task) {
  if (!task.error.empty())
    return {label, ellipsis(one_line(task.error), kMaxErrorCharacters), 0, false};
  const bool is_on_its_way = task.wanted < kStepOfComplete && task.observed < kStepOfComplete;
  return {label, task.state, is_on_its_way ? task.observed : 0, true};
}

std::string sum_text(uint64_t done, uint64_t total, const char* what) {
  return std::to_string(done) + " out of " + std::to_string(total) + " " + what;
}

void add_task_lines(const std::vector<TaskView>& tasks, uint64_t total, bool by_node,
                    std::vector<ProgressLine>& lines) {
  if (total > kMaxProgressBars) return;
  for (size_t i = 0; i < total; ++i) {
    const std::string label = std::to_string(i + 1) + "/" + std::to_string(total);
    if (i >= tasks.size())
      lines.push_back({label, "", 0, true});
    else
      lines.push_back(task_line(by_node ? short_id(tasks[i].node) : label, tasks[i]));
  }
}

TaskProgress job_progress(const Json& tasks, uint64_t total, bool by_node) {
  std::set<std::string> completed;
  std::set<std::string> all;
  for (const Json& task : tasks) {
    const TaskView view = view_of(task, by_node);
    all.insert(view.key);
    if (view.state == "complete") completed.insert(view.key);
  }
  if (by_node) total = all.size();
  TaskProgress progress;
  progress.is_job = true;
  progress.lines.push_back(
      {"job progress", sum_text(completed.size(), total, "complete"), 0, false});
  // A global job says on how many nodes it runs by its tasks only.
  progress.is_converged = completed.size() >= total && (!by_node || total > 0);
  return progress;
}

}  // namespace

TaskProgress measure_progress(const Json& service, const Json& tasks, const Json& nodes) {
  const Json& mode = value_at(service, "/Spec/Mode");
  const bool by_node = mode.contains("Global") || mode.contains("GlobalJob");
  if (mode.contains("ReplicatedJob") || mode.contains("GlobalJob")) {
    return job_progress(
        tasks, static_cast<uint64_t>(number_at(mode, "/ReplicatedJob/TotalCompletions")), by_node);
  }
  const std::vector<TaskView> current = current_tasks(tasks, live_nodes(nodes), by_node);
  const auto running = static_cast<uint64_t>(std::ranges::count_if(current, &TaskView::is_running));
  // The control loop makes the tasks of a global service at once: those that are there are all.
  const auto total =
      by_node ? current.size() : static_cast<uint64_t>(number_at(mode, "/Replicated/Replicas"));
  const std::string update_state = text_at(service, "/UpdateStatus/State");
  const std::string prefix = update_state.starts_with("rollback") ? "rolling back update: " : "";
  TaskProgress progress;
  progress.lines.push_back(
      {"overall progress", prefix + sum_text(running, total, "tasks"), 0, false});
  add_task_lines(current, total, by_node, progress.lines);
  progress.is_converged = running == total && (!by_node || total > 0);
  progress.is_idle = progress.is_converged && total == 0;
  return progress;
}

}  // namespace es::cli
