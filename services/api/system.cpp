// /_ping, /version, /info

#include "services/api/documents.h"
#include "services/api/routes.h"
#include "services/api/views.h"
#include "services/json/time_text.h"

namespace es::api {

namespace {

// The word by which the CLI hides commands that this node cannot carry out.
std::string swarm_word(const LocalStatus& status) {
  if (status.state != SwarmState::kActive) return std::string(to_string(status.state));
  return status.is_manager ? "active/manager" : "active/worker";
}

void ping(const CallPtr& call) {
  call->responder.send({200,
                        {{"Content-Type", "text/plain; charset=utf-8"},
                         {"Cache-Control", "no-cache, no-store, must-revalidate"},
                         {"Pragma", "no-cache"},
                         {"Builder-Version", "1"},
                         {"Swarm", swarm_word(call->control.status())}},
                        "OK"});
}

void show_version(const CallPtr& call) {
  const DaemonFacts facts = call->control.facts();
  const ports::BoardFacts board = call->control.board();
  Json details{{"ApiVersion", kApiVersion},      {"MinAPIVersion", kApiVersionMin},
               {"Arch", board.platform.architecture}, {"BuildTime", facts.build_time},
               {"Experimental", "false"},        {"GitCommit", facts.git_commit},
               {"KernelVersion", board.kernel_release}, {"Os", "linux"}};
  Json components = Json::array({Json{{"Name", "Engine"}, {"Version", facts.version}, {"Details", std::move(details)}}});
  if (!facts.runtime.empty()) {
    const size_t blank = facts.runtime.find(' ');
    components.push_back(Json{{"Name", facts.runtime.substr(0, blank)},
                              {"Version", blank == std::string::npos ? "" : facts.runtime.substr(blank + 1)}});
  }
  call->reply({{"Platform", Json{{"Name", "edgeswarm"}}},
               {"Components", std::move(components)},
               {"Version", facts.version},
               {"ApiVersion", kApiVersion},
               {"MinAPIVersion", kApiVersionMin},
               {"GitCommit", facts.git_commit},
               {"Os", "linux"},
               {"Arch", board.platform.architecture},
               {"KernelVersion", board.kernel_release},
               {"BuildTime", facts.build_time}});
}

Json swarm_document(const ClusterControl& control) {
  const LocalStatus status = control.status();
  Json out{{"NodeID", status.node.to_string()},
           {"NodeAddr", status.address.ip},
           {"LocalNodeState", to_string(status.state)},
           {"ControlAvailable", status.is_manager && status.state == SwarmState::kActive},
           {"Error", status.error},
           {"RemoteManagers", nullptr}};
  for (const ManagerAddress& manager : status.managers) {
    out["RemoteManagers"].push_back(Json{{"NodeID", manager.node.to_string()}, {"Addr", manager.address.to_string()}});
  }
  const state::Tables* tables = control.tables();
  if (tables == nullptr || !tables->cluster()) return out;
  size_t managers = 0;
  for (const auto& [id, node] : tables->rows<Node>()) managers += node->manager ? 1 : 0;
  out["Nodes"] = tables->rows<Node>().size();
  out["Managers"] = managers;
  out["Cluster"] = cluster_document(*tables->cluster(), tls_info(control));
  return out;
}

struct TaskCounts {
  int64_t running = 0;
  int64_t ended = 0;
};

TaskCounts count_tasks(const ClusterControl& control) {
  TaskCounts counts;
  for (const Task& task : control.local_tasks()) {
    if (task.status.state == TaskState::kRunning) ++counts.running;
    else if (is_terminal(task.status.state)) ++counts.ended;
  }
  return counts;
}

void put_engine(Json& out, const DaemonFacts& facts, const ports::BoardFacts& board) {
  const std::string runtime = facts.runtime.substr(0, facts.runtime.find(' '));
  out["Driver"] = facts.storage_driver;
  out["DriverStatus"] = Json::array();
  out["Plugins"] = Json{{"Volume", Json::array()}, {"Network", Json::array({"host", "null"})},
                        {"Authorization", nullptr}, {"Log", Json::array({"json-file"})}};
  // One statement each: a new member moves the others, and so ends references to them.
  for (const char* name : {"MemoryLimit", "SwapLimit"}) out[name] = board.memory_controller;
  for (const char* name : {"CpuCfsPeriod", "CpuCfsQuota", "CPUShares", "CPUSet", "PidsLimit", "IPv4Forwarding",
                           "OomKillDisable"}) {
    out[name] = true;
  }
  out["Debug"] = false;
  out["LoggingDriver"] = "json-file";
  out["CgroupDriver"] = "cgroupfs";
  out["CgroupVersion"] = facts.cgroup_version;
  out["DefaultRuntime"] = runtime;
  out["Runtimes"] = runtime.empty() ? Json::object() : Json{{runtime, Json{{"path", runtime}}}};
  out["SecurityOptions"] = Json::array({"name=seccomp,profile=builtin"});
  out["IndexServerAddress"] = "";
  out["RegistryConfig"] = nullptr;
  out["LiveRestoreEnabled"] = true;  // tasks outlive the daemon
  out["Isolation"] = "";
  out["InitBinary"] = "";
  out["ExperimentalBuild"] = false;
  out["ServerVersion"] = facts.version;
  out["DockerRootDir"] = facts.data_folder;
}

void put_host(Json& out, const ClusterControl& control, const ports::BoardFacts& board) {
  const NodeDescription description = control.description();
  out["Name"] = description.hostname;
  out["KernelVersion"] = board.kernel_release;
  out["OperatingSystem"] = board.os_name + (board.model.empty() ? "" : " on " + board.model);
  out["OSVersion"] = "";
  out["OSType"] = "linux";
  out["Architecture"] = machine_name(board.platform);
  out["NCPU"] = board.cpu_count;
  out["MemTotal"] = board.memory_bytes;
  Json labels = Json::array();
  for (const auto& [name, value] : description.engine_labels) labels.push_back(name + "=" + value);
  out["Labels"] = std::move(labels);
  out["SystemTime"] = json::rfc3339(control.now());
}

void show_info(const CallPtr& call) {
  const ClusterControl& control = call->control;
  const DaemonFacts facts = control.facts();
  const ports::BoardFacts board = control.board();
  const TaskCounts tasks = count_tasks(control);
  Json out{{"ID", control.status().node.to_string()},
           {"Containers", tasks.running + tasks.ended},
           {"ContainersRunning", tasks.running},
           {"ContainersPaused", 0},
           {"ContainersStopped", tasks.ended},
           {"Images", call->control.images().list().size()}};
  put_engine(out, facts, board);
  put_host(out, control, board);
  out["Swarm"] = swarm_document(control);
  out["Warnings"] = facts.warnings;
  call->reply(out);
}

constexpr std::array kSystemRoutes{
    Route{"GET", "/_ping", Access::kAnyone, ping},
    Route{"GET", "/version", Access::kAnyone, show_version},
    Route{"GET", "/info", Access::kAnyone, show_info},
};

}  // namespace

std::span<const Route> system_routes() { return kSystemRoutes; }

}  // namespace es::api
