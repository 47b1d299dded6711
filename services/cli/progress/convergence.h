#pragma once
// Convergence: when a service has become what was asked for, and when it will not. It is shown the
// cluster again and again.

#include <optional>
#include <string>

#include "core/base/time.h"
#include "services/cli/progress/task_progress.h"

namespace es::cli {

class Convergence {
 public:
  enum class Verdict { kWait, kConverged, kFailure };
  struct Step {
    Verdict verdict = Verdict::kWait;
    std::vector<ProgressLine> lines;
    std::string error;  // with kFailure
  };

  // A service that runs is watched for as long as its updates watch a new task (`Monitor`), before
  // it is said to have converged.
  Step step(const Json& service, const Json& tasks, const Json& nodes, Instant now);

 private:
  std::optional<Instant> converged_since_;
};

}  // namespace es::cli
