#include "services/cli/progress/wait.h"

#include <csignal>
#include <ctime>

#include "services/cli/progress/convergence.h"
#include "services/cli/progress/display.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

constexpr Duration kPollInterval = milliseconds(150);
// The cluster may be without a leader for a moment; so long its silence is no failure.
constexpr Duration kPatience = seconds(15);

volatile std::sig_atomic_t was_interrupted = 0;

void on_interrupt(int) { was_interrupted = 1; }

// Ctrl-C is a flag as long as this lives.
class InterruptScope {
 public:
  InterruptScope() {
    was_interrupted = 0;
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    ::sigaction(SIGINT, &action, &before_);
  }
  ~InterruptScope() { ::sigaction(SIGINT, &before_, nullptr); }
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  struct sigaction before_ {};
};

Instant monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return {static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec};
}

void pause_for(Duration duration) {
  const timespec time{static_cast<time_t>(duration.ns / 1'000'000'000),
                      static_cast<long>(duration.ns % 1'000'000'000)};
  ::nanosleep(&time, nullptr);  // Ctrl-C ends it early
}

Result<Convergence::Step> look(Engine& engine, const std::string& service_id,
                               Convergence& convergence) {
  ES_TRY(const Json service, engine.get("/services/" + path_part(service_id)));
  ES_TRY(const Json tasks,
         engine.get("/tasks" + query({{"filters", filters_document({"service=" + service_id,
                                                                    "_up-to-date=true"})}})));
  ES_TRY(const Json nodes, engine.get("/nodes"));
  return convergence.step(service, tasks, nodes, monotonic_now());
}

}  // namespace

Status wait_until_converged(const Console& console, Engine& engine, const std::string& service_id,
                            bool quiet) {
  const InterruptScope scope;
  Convergence convergence;
  ProgressDisplay display(console);
  Instant last_answer = monotonic_now();
  while (was_interrupted == 0) {
    auto step = look(engine, service_id, convergence);
    if (step.ok()) {
      last_answer = monotonic_now();
      if (!quiet) display.show(step->lines);
      if (step->verdict == Convergence::Verdict::kConverged) return {};
      if (step->verdict == Convergence::Verdict::kFailure)
        return Error{Errc::kPrecondition, step->error};
    } else if (step.error().code != Errc::kUnavailable ||
               monotonic_now() - last_answer > kPatience) {
      return std::move(step).error();
    }
    pause_for(kPollInterval);
  }
  console.out("Operation continuing in background.\nUse `edgeswarm service ps " + service_id +
              "` to check progress.\n");
  return {};
}

}  // namespace es::cli
