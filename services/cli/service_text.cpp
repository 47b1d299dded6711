#include "services/cli/service_text.h"

#include "services/cli/document.h"
#include "services/cli/human.h"
#include "services/cli/inspect.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

std::string duration_at(const Json& document, const char* pointer) {
  return go_duration({number_at(document, pointer)});
}

std::string joined(const Json& list) {
  std::string out;
  for (const Json& element : list) out += (out.empty() ? "" : " ") + text_of(element);
  return out;
}

// Nothing where there is nothing to say.
std::string optional_line(size_t indent, const std::string& name, const std::string& value) {
  return value.empty() ? "" : pretty_line(indent, name, value);
}

std::string mode_lines(const Json& service) {
  const Json& mode = value_at(service, "/Spec/Mode");
  if (mode.contains("Global")) return pretty_line(0, "Service Mode", "Global");
  if (mode.contains("GlobalJob")) return pretty_line(0, "Service Mode", "Global Job");
  if (mode.contains("ReplicatedJob")) {
    return pretty_line(0, "Service Mode", "Replicated Job") +
           pretty_line(1, "Max Concurrent",
                       std::to_string(number_at(mode, "/ReplicatedJob/MaxConcurrent"))) +
           pretty_line(1, "Total Completions",
                       std::to_string(number_at(mode, "/ReplicatedJob/TotalCompletions")));
  }
  return pretty_line(0, "Service Mode", "Replicated") +
         pretty_line(1, "Replicas", std::to_string(number_at(mode, "/Replicated/Replicas")));
}

std::string update_status_lines(const Json& service) {
  const Json& status = value_at(service, "/UpdateStatus");
  if (text_at(status, "/State").empty()) return {};
  return "UpdateStatus:\n" + pretty_line(1, "State", text_at(status, "/State")) +
         optional_line(1, "Started", text_at(status, "/StartedAt")) +
         optional_line(1, "Completed", text_at(status, "/CompletedAt")) +
         optional_line(1, "Message", text_at(status, "/Message"));
}

std::string placement_lines(const Json& task) {
  const Json& placement = value_at(task, "/Placement");
  std::string spread;
  for (const Json& preference : value_at(placement, "/Preferences")) {
    spread += (spread.empty() ? "" : " ") + text_at(preference, "/Spread/SpreadDescriptor");
  }
  const int64_t max_per_node = number_at(placement, "/MaxReplicas");
  const std::string lines =
      optional_line(1, "Constraints", joined(value_at(placement, "/Constraints"))) +
      optional_line(1, "Spread over", spread) +
      (max_per_node == 0 ? ""
                         : pretty_line(1, "Max Replicas Per Node", std::to_string(max_per_node)));
  return lines.empty() ? "" : "Placement:\n" + lines;
}

std::string config_lines(const std::string& title, const Json& config) {
  if (!config.is_object()) return {};
  return title + ":\n" +
         pretty_line(1, "Parallelism", std::to_string(number_at(config, "/Parallelism"))) +
         pretty_line(1, "Delay", duration_at(config, "/Delay")) +
         pretty_line(1, "On failure", text_at(config, "/FailureAction")) +
         pretty_line(1, "Monitoring Period", duration_at(config, "/Monitor")) +
         pretty_line(1, "Max failure ratio", json::print(value_at(config, "/MaxFailureRatio"))) +
         pretty_line(1, "Order", text_at(config, "/Order"));
}

std::string mount_lines(const Json& mounts) {
  std::string out;
  for (const Json& mount : mounts) {
    out += pretty_line(1, text_at(mount, "/Target"),
                       text_at(mount, "/Type") + " " + text_at(mount, "/Source") +
                           (flag_at(mount, "/ReadOnly") ? ", read-only" : ""));
  }
  return out.empty() ? "" : "Mounts:\n" + out;
}

std::string container_lines(const Json& container) {
  const Json& init = value_at(container, "/Init");
  return "ContainerSpec:\n" + pretty_line(1, "Image", text_at(container, "/Image")) +
         optional_line(1, "Command", joined(value_at(container, "/Command"))) +
         optional_line(1, "Args", joined(value_at(container, "/Args"))) +
         optional_line(1, "Env", joined(value_at(container, "/Env"))) +
         optional_line(1, "Dir", text_at(container, "/Dir")) +
         optional_line(1, "User", text_at(container, "/User")) +
         optional_line(1, "Hostname", text_at(container, "/Hostname")) +
         (init.is_boolean() ? pretty_line(1, "Init", init.get<bool>() ? "true" : "false") : "") +
         pretty_line(1, "Stop Grace Period", duration_at(container, "/StopGracePeriod")) +
         mount_lines(value_at(container, "/Mounts"));
}

std::string resource_lines(const std::string& title, const Json& resources) {
  const int64_t cpu_nano = number_at(resources, "/NanoCPUs");
  const int64_t memory_bytes = number_at(resources, "/MemoryBytes");
  const int64_t pids = number_at(resources, "/Pids");
  const std::string lines =
      (cpu_nano == 0 ? "" : pretty_line(2, "CPU", cpu_text(cpu_nano))) +
      (memory_bytes == 0
           ? ""
           : pretty_line(2, "Memory", human_memory(static_cast<uint64_t>(memory_bytes)))) +
      (pids == 0 ? "" : pretty_line(2, "Processes", std::to_string(pids)));
  return lines.empty() ? "" : " " + title + ":\n" + lines;
}

std::string restart_lines(const Json& policy) {
  if (!policy.is_object()) return {};
  const int64_t attempts = number_at(policy, "/MaxAttempts");
  return "RestartPolicy:\n" + pretty_line(1, "Condition", text_at(policy, "/Condition")) +
         pretty_line(1, "Delay", duration_at(policy, "/Delay")) +
         (attempts == 0 ? "" : pretty_line(1, "Max Attempts", std::to_string(attempts))) +
         (number_at(policy, "/Window") == 0
              ? ""
              : pretty_line(1, "Window", duration_at(policy, "/Window")));
}

}  // namespace

std::string service_text(const Json& service) {
  const Json& task = value_at(service, "/Spec/TaskTemplate");
  std::string out = "\n" + pretty_line(0, "ID", text_at(service, "/ID")) +
                    pretty_line(0, "Name", text_at(service, "/Spec/Name"));
  if (const Json& labels = value_at(service, "/Spec/Labels"); !labels.empty())
    out += "Labels:\n" + label_lines(" ", labels);
  const std::string resources =
      resource_lines("Reservations", value_at(task, "/Resources/Reservations")) +
      resource_lines("Limits", value_at(task, "/Resources/Limits"));
  std::string networks;
  for (const Json& network : value_at(task, "/Networks"))
    networks += (networks.empty() ? "" : " ") + text_at(network, "/Target");
  return out + mode_lines(service) + update_status_lines(service) + placement_lines(task) +
         config_lines("UpdateConfig", value_at(service, "/Spec/UpdateConfig")) +
         config_lines("RollbackConfig", value_at(service, "/Spec/RollbackConfig")) +
         restart_lines(value_at(task, "/RestartPolicy")) +
         container_lines(value_at(task, "/ContainerSpec")) +
         (resources.empty() ? "" : "Resources:\n" + resources) +
         optional_line(0, "Networks", networks);
}

}  // namespace es::cli
