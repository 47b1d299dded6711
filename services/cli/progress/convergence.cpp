#include "services/cli/progress/convergence.h"

#include "services/cli/document.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

constexpr Duration kDefaultMonitor = seconds(5);

Duration monitor_of(const Json& service) {
  const int64_t ns = number_at(service, "/Spec/UpdateConfig/Monitor");
  return ns > 0 ? Duration{ns} : kDefaultMonitor;
}

// An update that stopped by itself.
std::string pause_reason(const Json& service) {
  const std::string state = text_at(service, "/UpdateStatus/State");
  const std::string message = text_at(service, "/UpdateStatus/Message");
  if (state == "paused") return "service update paused: " + message;
  if (state == "rollback_paused") return "service rollback paused: " + message;
  return {};
}

}  // namespace

Convergence::Step Convergence::step(const Json& service, const Json& tasks, const Json& nodes,
                                    Instant now) {
  TaskProgress progress = measure_progress(service, tasks, nodes);
  Step step{Verdict::kWait, std::move(progress.lines), pause_reason(service)};
  if (!step.error.empty()) {
    step.verdict = Verdict::kFailure;
    return step;
  }
  if (text_at(service, "/UpdateStatus/State").starts_with("rollback_")) {
    step.lines.push_back({"rollback", text_at(service, "/UpdateStatus/Message"), 0, false});
  }
  if (!progress.is_converged) {
    if (converged_since_) step.lines.push_back({"verify", "Detected task failure", 0, false});
    converged_since_.reset();
    return step;
  }
  if (progress.is_job) {
    step.verdict = Verdict::kConverged;
    step.lines.push_back({"job complete", "", 0, false});
    return step;
  }
  if (!converged_since_) converged_since_ = now;
  const Duration left = monitor_of(service) - (now - *converged_since_);
  if (left <= Duration{} || progress.is_idle) {
    step.verdict = Verdict::kConverged;
    step.lines.push_back({"verify", "Service " + text_at(service, "/ID") + " converged", 0, false});
    return step;
  }
  const int64_t whole_seconds = (left.ns + seconds(1).ns - 1) / seconds(1).ns;
  step.lines.push_back(
      {"verify",
       "Waiting " + std::to_string(whole_seconds) + " seconds to verify that tasks are stable...",
       0, false});
  return step;
}

}  // namespace es::cli
