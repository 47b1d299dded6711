#include <array>

#include "services/cli/spec/flag.h"
#include "services/cli/values.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

Status set_replicas(Json& spec, const std::string& text) {
  ES_TRY(const uint64_t count, parse_count(text));
  Json& mode = spec["Mode"];
  if (mode.contains("Global") || mode.contains("GlobalJob")) {
    return invalid("replicas can only be used with replicated or replicated-job mode");
  }
  if (!mode.contains("ReplicatedJob")) {
    mode["Replicated"]["Replicas"] = count;
    return {};
  }
  Json& job = mode["ReplicatedJob"];
  job["TotalCompletions"] = count;
  if (!job.contains("MaxConcurrent")) job["MaxConcurrent"] = count;
  return {};
}

Status set_max_concurrent(Json& spec, const std::string& text) {
  ES_TRY(const uint64_t count, parse_count(text));
  Json& mode = spec["Mode"];
  if (!mode.contains("ReplicatedJob"))
    return invalid("max-concurrent can only be used with replicated-job mode");
  mode["ReplicatedJob"]["MaxConcurrent"] = count;
  return {};
}

Json& restart_policy(Json& spec) { return spec["TaskTemplate"]["RestartPolicy"]; }

Status set_restart_condition(Json& spec, const std::string& text) {
  if (text != "none" && text != "on-failure" && text != "any")
    return invalid("it must be none, on-failure or any");
  restart_policy(spec)["Condition"] = text;
  return {};
}

Status set_restart_duration(Json& spec, const char* member, const std::string& text) {
  ES_TRY(const Duration duration, parse_duration(text));
  restart_policy(spec)[member] = duration.ns;
  return {};
}

constexpr std::array kSchedulingFlags{
    SpecFlag{"replicas", "N", "How many tasks run (default 1)", set_replicas},
    SpecFlag{"max-concurrent", "N",
             "How many tasks of a job run at the same time (default: all replicas)",
             set_max_concurrent},
    SpecFlag{"replicas-max-per-node", "N", "Tasks that one node gets at most (0: no limit)",
             [](Json& spec, const std::string& text) -> Status {
               ES_TRY(const uint64_t count, parse_count(text));
               spec["TaskTemplate"]["Placement"]["MaxReplicas"] = count;
               return {};
             }},
    SpecFlag{"restart-condition", "CONDITION",
             "When an ended task is replaced: none, on-failure or any (default any)",
             set_restart_condition},
    SpecFlag{"restart-delay", "DURATION", "Time before it is replaced (default 5s)",
             [](Json& spec, const std::string& text) {
               return set_restart_duration(spec, "Delay", text);
             }},
    SpecFlag{"restart-max-attempts", "N", "How often it is replaced (0: no limit)",
             [](Json& spec, const std::string& text) -> Status {
               ES_TRY(const uint64_t count, parse_count(text));
               restart_policy(spec)["MaxAttempts"] = count;
               return {};
             }},
    SpecFlag{"restart-window", "DURATION", "Attempts longer ago than this do not count",
             [](Json& spec, const std::string& text) {
               return set_restart_duration(spec, "Window", text);
             }},
};

}  // namespace

Status set_mode(Json& spec, const std::string& text) {
  struct Mode {
    std::string_view name;
    const char* member;
  };
  constexpr std::array kModes{Mode{"replicated", "Replicated"}, Mode{"global", "Global"},
                              Mode{"replicated-job", "ReplicatedJob"},
                              Mode{"global-job", "GlobalJob"}};
  for (const Mode& mode : kModes) {
    if (mode.name != text) continue;
    spec["Mode"] = Json{{mode.member, Json::object()}};
    return {};
  }
  return invalid("it must be replicated, global, replicated-job or global-job");
}

std::span<const SpecFlag> scheduling_flags() { return kSchedulingFlags; }

}  // namespace es::cli
