#include "tests/sim/scripted_runtime.h"

namespace es::sim {

namespace {

constexpr Duration kPrepareTime = milliseconds(5);
constexpr Duration kStopTime = milliseconds(20);

ports::ContainerExited exit_event(int64_t code) {
  ports::ContainerExited exited;
  exited.exit_code = code;
  return exited;
}

bool is_running(const std::optional<ports::ContainerEvent>& last) {
  return last && std::holds_alternative<ports::ContainerStarted>(*last);
}

}  // namespace

std::optional<ports::Image> ScriptedImages::find(const std::string& reference) const {
  ports::Image image;
  image.id = reference;
  image.config.command = {"run"};
  return image;
}

void ScriptedRuntime::prepare(TaskId task, const std::string& image,
                              std::function<void(Result<std::string>)> done) {
  const auto scripted = script_.by_image.find(image);
  Behaviour behaviour;
  if (scripted != script_.by_image.end()) {
    const uint64_t count = ++script_.prepared[image];
    if (count % scripted->second.every == 0) behaviour = scripted->second;
  }
  prepared_[task] = behaviour;
  schedule_.after(kPrepareTime, [done = std::move(done), behaviour] {
    if (behaviour.rejects.empty()) done(std::string("/"));
    else done(invalid(behaviour.rejects));
  });
}

void ScriptedRuntime::start(ports::ContainerConfig config) {
  ContainerState& state = containers_[config.task];
  hold(state, false);
  state = {};
  state.behaviour = prepared_[config.task];
  state.run = next_run_++;
  state.reserved = config.resources.reservations;
  hold(state, true);
  if (!state.behaviour.starts_after) return;
  schedule_.after(*state.behaviour.starts_after,
                  [this, task = config.task, run = state.run] { started(task, run); });
}

void ScriptedRuntime::started(TaskId task, uint64_t run) {
  const auto found = containers_.find(task);
  if (found == containers_.end() || found->second.run != run || found->second.last) return;
  if (trouble_.starts_hang) {
    found->second.held_back = true;
    return;
  }
  found->second.last = ports::ContainerStarted{.pid = static_cast<int64_t>(run)};
  ++started_total_;
  script_.started.push_back(task);
  if (found->second.behaviour.exits_with) {
    schedule_.after(found->second.behaviour.exits_after,
                    [this, task, run, code = *found->second.behaviour.exits_with] { exited(task, run, code); });
  }
  if (listener_) listener_(task, ports::ContainerStarted{.pid = static_cast<int64_t>(run)});
}

void ScriptedRuntime::exited(TaskId task, uint64_t run, int64_t code) {
  const auto found = containers_.find(task);
  if (found == containers_.end() || found->second.run != run) return;
  if (found->second.last && !is_running(found->second.last)) return;
  found->second.last = exit_event(code);
  hold(found->second, false);
  if (trouble_.exits_are_lost) {
    found->second.held_back = true;
    return;
  }
  if (listener_) listener_(task, exit_event(code));
}

// A container that has not started yet ends without ever running, as one killed between create and start does.
void ScriptedRuntime::stop(TaskId task) {
  const auto found = containers_.find(task);
  if (found == containers_.end()) return;
  schedule_.after(kStopTime, [this, task, run = found->second.run] { exited(task, run, 143); });
}

bool ScriptedRuntime::kill(TaskId task, int64_t exit_code) {
  const auto found = containers_.find(task);
  if (found == containers_.end() || !is_running(found->second.last)) return false;
  exited(task, found->second.run, exit_code);
  return true;
}

Result<std::vector<ports::AdoptedContainer>> ScriptedRuntime::adopt() {
  std::vector<ports::AdoptedContainer> found;
  for (const auto& [task, state] : containers_) {
    // In the middle of its start: it is watched as one that runs, and what becomes of it is told later.
    found.push_back({task, state.last.value_or(ports::ContainerStarted{})});
  }
  return found;
}

void ScriptedRuntime::remove(TaskId task) {
  const auto found = containers_.find(task);
  if (found == containers_.end()) return;
  hold(found->second, false);
  containers_.erase(found);
}

void ScriptedRuntime::hold(ContainerState& state, bool holds) {
  if (state.holds == holds) return;
  state.holds = holds;
  ++changes_;
  reserved_memory_bytes_ += (holds ? 1 : -1) * state.reserved.memory_bytes;
  reserved_cpu_nano_ += (holds ? 1 : -1) * state.reserved.cpu_nano;
}

void ScriptedRuntime::set_trouble(Trouble trouble) {
  trouble_ = trouble;
  for (auto& [task, state] : containers_) {
    if (!state.held_back) continue;
    state.held_back = false;
    schedule_.after(milliseconds(1), [this, task = task, run = state.run] {
      const auto found = containers_.find(task);
      if (found == containers_.end() || found->second.run != run) return;
      if (!found->second.last) started(task, run);
      else if (listener_) listener_(task, *found->second.last);
    });
  }
}

void ScriptedRuntime::power_off() {
  for (auto& [task, state] : containers_) hold(state, false);
  containers_.clear();
  prepared_.clear();
  listener_ = nullptr;
}

size_t ScriptedRuntime::running() const {
  size_t count = 0;
  for (const auto& [task, state] : containers_) count += is_running(state.last);
  return count;
}

bool ScriptedRuntime::runs(TaskId task) const {
  const auto found = containers_.find(task);
  return found != containers_.end() && is_running(found->second.last);
}

}  // namespace es::sim
