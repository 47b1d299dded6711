#pragma once
// Service: what the user wants to run; its tasks are made from it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/time.h"
#include "core/model/meta.h"
#include "core/model/task_spec.h"

namespace es {

struct ReplicatedMode {
  std::optional<uint64_t> replicas;  // 1 where not given

  static constexpr auto fields() { return std::tuple{field(1, "Replicas", &ReplicatedMode::replicas)}; }
  bool operator==(const ReplicatedMode&) const = default;
};

struct GlobalMode {
  static constexpr auto fields() { return std::tuple{}; }
  bool operator==(const GlobalMode&) const = default;
};

struct ReplicatedJobMode {
  std::optional<uint64_t> max_concurrent;     // 1 where not given
  std::optional<uint64_t> total_completions;  // max_concurrent where not given

  static constexpr auto fields() {
    return std::tuple{field(1, "MaxConcurrent", &ReplicatedJobMode::max_concurrent),
                      field(2, "TotalCompletions", &ReplicatedJobMode::total_completions)};
  }
  bool operator==(const ReplicatedJobMode&) const = default;
};

struct GlobalJobMode {
  static constexpr auto fields() { return std::tuple{}; }
  bool operator==(const GlobalJobMode&) const = default;
};

// Exactly one is set; the shape is Docker's.
struct ServiceMode {
  std::optional<ReplicatedMode> replicated;
  std::optional<GlobalMode> global;
  std::optional<ReplicatedJobMode> replicated_job;
  std::optional<GlobalJobMode> global_job;

  static constexpr auto fields() {
    using M = ServiceMode;
    return std::tuple{field(1, "Replicated", &M::replicated), field(2, "Global", &M::global),
                      field(3, "ReplicatedJob", &M::replicated_job), field(4, "GlobalJob", &M::global_job)};
  }
  bool operator==(const ServiceMode&) const = default;
};

enum class FailureAction : uint8_t { kPause = 0, kContinue = 1, kRollback = 2 };
constexpr auto enum_names(FailureAction) {
  return std::array{EnumName{FailureAction::kPause, "pause"}, EnumName{FailureAction::kContinue, "continue"},
                    EnumName{FailureAction::kRollback, "rollback"}};
}

enum class UpdateOrder : uint8_t { kStopFirst = 0, kStartFirst = 1 };
constexpr auto enum_names(UpdateOrder) {
  return std::array{EnumName{UpdateOrder::kStopFirst, "stop-first"}, EnumName{UpdateOrder::kStartFirst, "start-first"}};
}

struct UpdateConfig {
  uint64_t parallelism = 1;  // 0: all at once
  Duration delay;
  FailureAction failure_action = FailureAction::kPause;
  std::optional<Duration> monitor;          // 5 s where not given
  uint64_t max_failure_ratio_millionths = 0;  // Docker's MaxFailureRatio * 10^6: core has no floating point
  UpdateOrder order = UpdateOrder::kStopFirst;

  static constexpr auto fields() {
    using U = UpdateConfig;
    return std::tuple{field(1, "Parallelism", &U::parallelism), field(2, "Delay", &U::delay),
                      field(3, "FailureAction", &U::failure_action), field(4, "Monitor", &U::monitor),
                      field(5, "MaxFailureRatio", &U::max_failure_ratio_millionths),
                      field(6, "Order", &U::order)};
  }
  bool operator==(const UpdateConfig&) const = default;
};

enum class UpdateState : uint8_t {
  kNone = 0, kUpdating, kPaused, kCompleted, kRollbackStarted, kRollbackPaused, kRollbackCompleted,
};
constexpr auto enum_names(UpdateState) {
  return std::array{EnumName{UpdateState::kNone, ""}, EnumName{UpdateState::kUpdating, "updating"},
                    EnumName{UpdateState::kPaused, "paused"}, EnumName{UpdateState::kCompleted, "completed"},
                    EnumName{UpdateState::kRollbackStarted, "rollback_started"},
                    EnumName{UpdateState::kRollbackPaused, "rollback_paused"},
                    EnumName{UpdateState::kRollbackCompleted, "rollback_completed"}};
}

struct UpdateStatus {
  UpdateState state = UpdateState::kNone;
  WallTime started_at;
  WallTime completed_at;
  std::string message;

  static constexpr auto fields() {
    using U = UpdateStatus;
    return std::tuple{field(1, "State", &U::state), field(2, "StartedAt", &U::started_at),
                      field(3, "CompletedAt", &U::completed_at), field(4, "Message", &U::message)};
  }
  bool operator==(const UpdateStatus&) const = default;
};

// A job runs once per iteration; every update of its service starts the next one.
struct JobStatus {
  Version iteration;
  WallTime last_execution;

  static constexpr auto fields() {
    return std::tuple{field(1, "JobIteration", &JobStatus::iteration),
                      field(2, "LastExecution", &JobStatus::last_execution)};
  }
  bool operator==(const JobStatus&) const = default;
};

struct ServiceSpec {
  std::string name;
  Labels labels;
  TaskSpec task;
  ServiceMode mode;
  std::optional<UpdateConfig> update;
  std::optional<UpdateConfig> rollback;
  std::string unknown_fields;

  static constexpr auto fields() {
    using S = ServiceSpec;
    return std::tuple{field(1, "Name", &S::name), field(2, "Labels", &S::labels),
                      field(3, "TaskTemplate", &S::task), field(4, "Mode", &S::mode),
                      field(5, "UpdateConfig", &S::update), field(6, "RollbackConfig", &S::rollback)};
  }
  bool operator==(const ServiceSpec&) const = default;
};

struct Service {
  ServiceId id;
  Meta meta;
  ServiceSpec spec;
  Version spec_version;  // the service's version when `spec` was given: different for every spec it had
  std::optional<ServiceSpec> previous_spec;
  Version previous_spec_version;
  std::optional<UpdateStatus> update_status;
  std::optional<JobStatus> job_status;  // present for jobs
  std::string unknown_fields;

  static constexpr auto fields() {
    using S = Service;
    return std::tuple{field(1, "ID", &S::id), field(2, "Meta", &S::meta), field(3, "Spec", &S::spec),
                      field(4, "SpecVersion", &S::spec_version),
                      field(5, "PreviousSpec", &S::previous_spec),
                      field(6, "UpdateStatus", &S::update_status),
                      field(7, "PreviousSpecVersion", &S::previous_spec_version),
                      field(8, "JobStatus", &S::job_status)};
  }
  bool operator==(const Service&) const = default;
};

}  // namespace es
