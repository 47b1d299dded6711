// How far a service is, when it has converged, and what is shown of it.

#include "doctest/doctest.h"
#include "services/cli/human.h"
#include "services/cli/progress/convergence.h"
#include "services/cli/progress/display.h"
#include "services/json/json.h"
#include "tests/unit/cli/recorder.h"

namespace es::cli {
namespace {

const Json kNodes = Json::parse(
    R"([{"ID":"n1","Status":{"State":"ready"}},{"ID":"n2","Status":{"State":"down"}}])");

Json service(const char* mode, const char* update_state = "") {
  Json out{{"ID", "s1"}, {"Spec", {{"Mode", Json::parse(mode)}}}};
  if (*update_state != '\0')
    out["UpdateStatus"] = Json{{"State", update_state}, {"Message", "why"}};
  return out;
}

Json task(int slot, const char* wanted, const char* observed, const char* node = "n1",
          const char* error = "") {
  return Json{{"Slot", slot},
              {"NodeID", node},
              {"DesiredState", wanted},
              {"Status", {{"State", observed}, {"Err", error}}}};
}

std::string overall(const Json& of_service, const Json& tasks) {
  const TaskProgress progress = measure_progress(of_service, tasks, kNodes);
  return progress.lines.front().label + ": " + progress.lines.front().text +
         (progress.is_converged ? " (converged)" : "");
}

TEST_CASE("what counts as running") {
  const Json two = service(R"({"Replicated":{"Replicas":2}})");
  const Json global = service(R"({"Global":{}})");
  const Json job = service(R"({"ReplicatedJob":{"TotalCompletions":2}})");
  struct Case {
    const char* name;
    Json of_service;
    Json tasks;
    const char* result;
  };
  const Json run = task(1, "running", "running");
  const std::vector<Case> cases{
      {"nothing yet", two, Json::array(), "overall progress: 0 out of 2 tasks"},
      {"one of two", two, {run}, "overall progress: 1 out of 2 tasks"},
      {"two",
       two,
       {run, task(2, "running", "running")},
       "overall progress: 2 out of 2 tasks (converged)"},
      {"none wanted", service(R"({"Replicated":{"Replicas":0}})"), Json::array(),
       "overall progress: 0 out of 0 tasks (converged)"},
      {"a task that is to stop runs on",
       two,
       {run, task(2, "shutdown", "running")},
       "overall progress: 1 out of 2 tasks"},
      {"a task to be removed is none",
       two,
       {run, task(2, "running", "running"), task(3, "remove", "running")},
       "overall progress: 2 out of 2 tasks (converged)"},
      {"on a node that is down",
       two,
       {run, task(2, "running", "running", "n2")},
       "overall progress: 1 out of 2 tasks"},
      {"the failed one was replaced",
       two,
       {task(1, "shutdown", "failed"), run, task(2, "running", "running")},
       "overall progress: 2 out of 2 tasks (converged)"},
      {"start-first: the new one counts",
       two,
       {run, task(1, "running", "starting"), task(2, "running", "running")},
       "overall progress: 1 out of 2 tasks"},
      {"global without tasks yet", global, Json::array(), "overall progress: 0 out of 0 tasks"},
      {"global",
       global,
       {task(0, "running", "running")},
       "overall progress: 1 out of 1 tasks (converged)"},
      {"rolling back",
       service(R"({"Replicated":{"Replicas":2}})", "rollback_started"),
       {run},
       "overall progress: rolling back update: 1 out of 2 tasks"},
      {"a job half done",
       job,
       {task(1, "complete", "complete"), task(2, "complete", "running")},
       "job progress: 1 out of 2 complete"},
      {"a job done",
       job,
       {task(1, "complete", "complete"), task(2, "complete", "complete")},
       "job progress: 2 out of 2 complete (converged)"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(overall(one.of_service, one.tasks) == one.result);
  }
}

TEST_CASE("a service has converged when it has run for a while") {
  const Json one = service(R"({"Replicated":{"Replicas":1}})");
  const Json running = Json::array({task(1, "running", "running")});
  const Json failed = Json::array({task(1, "running", "failed", "n1", "task: non-zero exit (1)")});
  Convergence convergence;
  const auto last_line = [](const Convergence::Step& step) {
    return step.lines.back().label + ": " + step.lines.back().text;
  };
  auto step = convergence.step(one, running, kNodes, Instant{0});
  CHECK(step.verdict == Convergence::Verdict::kWait);
  CHECK(last_line(step) == "verify: Waiting 5 seconds to verify that tasks are stable...");
  step = convergence.step(one, failed, kNodes, Instant{} + seconds(3));
  CHECK(last_line(step) == "verify: Detected task failure");
  CHECK(step.lines[1].text == "task: non-zero exit (1)");
  step = convergence.step(one, running, kNodes, Instant{} + seconds(4));
  step = convergence.step(one, running, kNodes, Instant{} + seconds(8));
  CHECK(last_line(step) == "verify: Waiting 1 seconds to verify that tasks are stable...");
  step = convergence.step(one, running, kNodes, Instant{} + seconds(9));
  CHECK(step.verdict == Convergence::Verdict::kConverged);
  CHECK(last_line(step) == "verify: Service s1 converged");
}

TEST_CASE("a paused update ends the waiting, a job and an empty service need no watching") {
  Convergence paused;
  const auto step = paused.step(service(R"({"Replicated":{"Replicas":1}})", "paused"),
                                Json::array(), kNodes, Instant{});
  CHECK(step.verdict == Convergence::Verdict::kFailure);
  CHECK(step.error == "service update paused: why");
  Convergence empty;
  CHECK(empty.step(service(R"({"Replicated":{"Replicas":0}})"), Json::array(), kNodes, Instant{})
            .verdict == Convergence::Verdict::kConverged);
  Convergence job;
  CHECK(job.step(service(R"({"ReplicatedJob":{"TotalCompletions":1}})"),
                 Json::array({task(1, "complete", "complete")}), kNodes, Instant{})
            .verdict == Convergence::Verdict::kConverged);
}

TEST_CASE("lines fit the terminal") {
  CHECK(progress_text({"1/2", "running", kStepsToRunning, true}, 80) ==
        "1/2: running   [" + std::string(50, '=') + "]");
  CHECK(progress_text({"1/2", "new", 1, true}, 79).find("[=====>  ") != std::string::npos);
  CHECK(progress_text({"1/2", "preparing", 6, true}, 20) == "1/2: preparing");
  CHECK(text_width(progress_text({"1/2", std::string(200, 'x'), 0, false}, 40)) == 40);
}

TEST_CASE("many tasks have no bars") {
  const Json many = service(R"({"Replicated":{"Replicas":21}})");
  CHECK(measure_progress(many, Json::array(), kNodes).lines.size() == 1);
  const Json few = service(R"({"Replicated":{"Replicas":20}})");
  CHECK(measure_progress(few, Json::array(), kNodes).lines.size() == 21);
}

TEST_CASE("without a terminal only news are printed") {
  Recorder recorder;
  ProgressDisplay display(recorder.console);
  const ProgressLine none{"overall progress", "0 out of 1 tasks", 0, false};
  const ProgressLine one{"overall progress", "1 out of 1 tasks", 0, false};
  display.show({none, {"1/1", "preparing", 6, true}});
  display.show({none, {"1/1", "starting", 8, true}});
  display.show({none, {"1/1", "no such image", 0, false}});
  display.show({one, {"verify", "Waiting 5 seconds", 0, false}});
  display.show({one, {"verify", "Waiting 4 seconds", 0, false}});
  CHECK(recorder.out ==
        "overall progress: 0 out of 1 tasks\n1/1: no such image\noverall progress: 1 out of 1 "
        "tasks\nverify: Waiting 5 seconds\n");
}

TEST_CASE("on a terminal the lines are redrawn in place") {
  Recorder recorder;
  recorder.console.is_terminal = true;
  recorder.console.columns = 60;
  ProgressDisplay display(recorder.console);
  display.show({{"a", "1", 0, false}, {"b", "2", 0, false}});
  recorder.out.clear();
  display.show({{"a", "1", 0, false}, {"b", "2", 0, false}});
  CHECK(recorder.out.empty());
  display.show({{"a", "3", 0, false}});
  CHECK(recorder.out == "\033[2A\ra: 3\033[K\n\033[J");
  // A low window shows no line for each task.
  recorder.console.rows = 3;
  recorder.out.clear();
  display.show({{"a", "4", 0, false}, {"1/2", "new", 1, true}, {"2/2", "new", 1, true}});
  CHECK(recorder.out == "\033[1A\ra: 4\033[K\n\033[J");
}

}  // namespace
}  // namespace es::cli
