#include "tests/scenario/cluster_spec.h"

#include "tests/scenario/cluster_values.h"

namespace es::scenario {

namespace {

constexpr int64_t kNano = 1'000'000'000;
constexpr int64_t kMillionths = 1'000'000;

// Reads an option with `parse` into `out`, if it is given.
template <class T, class Parse>
Status take(Line& line, std::string_view key, T& out, Parse parse) {
  ES_TRY(const auto text, line.option(key));
  if (!text) return {};
  ES_TRY(auto value, parse(*text));
  out = static_cast<std::remove_cvref_t<decltype(out)>>(std::move(value));
  return {};
}

template <NamedEnum E>
Status take_enum(Line& line, std::string_view key, E& out) {
  ES_TRY(const auto text, line.option(key));
  if (!text || from_string(*text, out)) return {};
  return invalid("'" + std::string(key) + "=" + *text + "' is not one of its values");
}

Result<std::string> as_text(const std::string& text) { return text; }
Result<int64_t> as_cpu_nano(std::string_view text) { return parse_decimal(text, kNano); }
Result<int64_t> as_millionths(std::string_view text) { return parse_decimal(text, kMillionths); }
Result<int64_t> as_count(std::string_view text) { return parse_decimal(text, 1); }

Status take_resources(Line& line, const std::string& prefix, Resources& out) {
  ES_CHECK(take(line, prefix + "cpus", out.cpu_nano, as_cpu_nano));
  ES_CHECK(take(line, prefix + "memory", out.memory_bytes, parse_size));
  for (const auto& [kind, text] : line.options_below(prefix + "generic.")) {
    ES_TRY(out.generic[kind], as_count(text));
  }
  return {};
}

Status take_restart(Line& line, RestartPolicy& out) {
  ES_CHECK(take_enum(line, "restart.condition", out.condition));
  ES_CHECK(take(line, "restart.delay", out.delay, parse_duration));
  ES_CHECK(take(line, "restart.max_attempts", out.max_attempts, parse_number));
  return take(line, "restart.window", out.window, parse_duration);
}

Status take_placement(Line& line, Placement& out) {
  // A list that is given replaces the one before; one empty value empties it.
  if (const auto constraints = line.options("constraint"); !constraints.empty()) {
    out.constraints.clear();
    for (const std::string& list : constraints) {
      for (const std::string& constraint : split(list, ',')) {
        if (!constraint.empty()) out.constraints.push_back(constraint);
      }
    }
  }
  if (const auto spreads = line.options("spread"); !spreads.empty()) {
    out.preferences.clear();
    for (const std::string& list : spreads) {
      for (const std::string& descriptor : split(list, ',')) {
        if (!descriptor.empty()) out.preferences.push_back({{descriptor}});
      }
    }
  }
  if (const auto platforms = line.options("platform"); !platforms.empty()) {
    out.platforms.clear();
    for (const std::string& list : platforms) {
      for (const std::string& text : split(list, ',')) {
        if (text.empty()) continue;
        ES_TRY(Platform platform, parse_platform(text));
        out.platforms.push_back(std::move(platform));
      }
    }
  }
  return take(line, "max_per_node", out.max_replicas, parse_number);
}

Status take_update(Line& line, const std::string& prefix, std::optional<UpdateConfig>& out) {
  UpdateConfig config = out.value_or(UpdateConfig());
  ES_CHECK(take(line, prefix + "parallelism", config.parallelism, parse_number));
  ES_CHECK(take(line, prefix + "delay", config.delay, parse_duration));
  ES_CHECK(take(line, prefix + "monitor", config.monitor, parse_duration));
  ES_CHECK(
      take(line, prefix + "max_failure_ratio", config.max_failure_ratio_millionths, as_millionths));
  ES_CHECK(take_enum(line, prefix + "failure_action", config.failure_action));
  ES_CHECK(take_enum(line, prefix + "order", config.order));
  if (!(config == out.value_or(UpdateConfig()))) out = config;
  return {};
}

}  // namespace

Error not_yet(const std::string& what) {
  return {Errc::kUnsupported, "not yet supported: " + what};
}

Status take_mode(Line& line, ServiceMode& mode) {
  ES_TRY(const auto name, line.option("mode"));
  if (name) {
    mode = {};
    if (*name == "replicated")
      mode.replicated.emplace();
    else if (*name == "global")
      mode.global.emplace();
    else if (*name == "replicated-job")
      mode.replicated_job.emplace();
    else if (*name == "global-job")
      mode.global_job.emplace();
    else
      return invalid("'mode=" + *name + "' is not one of its values");
  }
  if (mode.replicated_job) {
    ReplicatedJobMode& job = *mode.replicated_job;
    ES_CHECK(take(line, "max_concurrent", job.max_concurrent, parse_number));
    ES_CHECK(take(line, "total", job.total_completions, parse_number));
    // As `docker service create --mode replicated-job --replicas N`: as many at once as in all.
    ES_TRY(const auto replicas, line.option("replicas"));
    if (!replicas) return {};
    ES_TRY(const uint64_t count, parse_number(*replicas));
    if (!job.max_concurrent) job.max_concurrent = count;
    if (!job.total_completions) job.total_completions = count;
    return {};
  }
  if (mode.replicated) return take(line, "replicas", mode.replicated->replicas, parse_number);
  return {};
}

Status take_service_options(Line& line, ServiceSpec& spec) {
  for (const char* later : {"publish", "health"}) {
    if (!line.options(later).empty()) return not_yet(later);
  }
  TaskSpec& task = spec.task;
  ES_CHECK(take(line, "image", task.container.image, as_text));
  ES_CHECK(take(line, "stop_grace", task.container.stop_grace_period, parse_duration));
  ES_CHECK(take_mode(line, spec.mode));
  ES_CHECK(take_resources(line, "reserve.", task.resources.reservations));
  ES_CHECK(take_resources(line, "limit.", task.resources.limits));
  ES_CHECK(take_placement(line, task.placement));
  ES_CHECK(take_restart(line, task.restart));
  ES_CHECK(take_update(line, "update.", spec.update));
  ES_CHECK(take_update(line, "rollback.", spec.rollback));
  for (auto& [key, value] : line.options_below("label.")) spec.labels[key] = std::move(value);
  return {};
}

Result<NodeDescription> take_description(Line& line) {
  NodeDescription description;
  description.platform = parse_architecture("arm64");
  description.resources.cpu_nano = 4 * kNano;
  description.resources.memory_bytes = int64_t{1} << 30;
  ES_CHECK(take(line, "cpus", description.resources.cpu_nano, as_cpu_nano));
  ES_CHECK(take(line, "memory", description.resources.memory_bytes, parse_size));
  ES_CHECK(
      take(line, "arch", description.platform,
           [](const std::string& text) -> Result<Platform> { return parse_architecture(text); }));
  ES_CHECK(take(line, "os", description.platform.os, as_text));
  for (const auto& [kind, text] : line.options_below("generic.")) {
    ES_TRY(description.resources.generic[kind], as_count(text));
  }
  for (auto& [key, value] : line.options_below("engine."))
    description.engine_labels[key] = std::move(value);
  return description;
}

Status take_node_options(Line& line, NodeSpec& spec) {
  ES_CHECK(take_enum(line, "availability", spec.availability));
  ES_CHECK(take_enum(line, "role", spec.role));
  for (auto& [key, value] : line.options_below("label.")) {
    if (value.empty())
      spec.labels.erase(key);
    else
      spec.labels[key] = std::move(value);
  }
  return {};
}

}  // namespace es::scenario
