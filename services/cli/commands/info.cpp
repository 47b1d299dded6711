#include "services/cli/call_options.h"
#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/human.h"
#include "services/cli/inspect.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

std::string swarm_lines(const Json& swarm) {
  const bool is_manager = flag_at(swarm, "/ControlAvailable");
  std::string out = pretty_line(0, "Swarm", text_at(swarm, "/LocalNodeState"));
  if (const std::string error = text_at(swarm, "/Error"); !error.empty())
    out += pretty_line(1, "Error", error);
  if (text_at(swarm, "/LocalNodeState") == "inactive") return out;
  out += pretty_line(1, "Node id", text_at(swarm, "/NodeID"));
  out += pretty_line(1, "Role", is_manager ? "manager" : "worker");
  out += pretty_line(1, "Address", text_at(swarm, "/NodeAddr"));
  if (is_manager) {
    out += pretty_line(1, "Cluster id", text_at(swarm, "/Cluster/ID"));
    out += pretty_line(1, "Nodes",
                       std::to_string(number_at(swarm, "/Nodes")) + ", " +
                           std::to_string(number_at(swarm, "/Managers")) + " managers");
  }
  std::string managers;
  for (const Json& manager : value_at(swarm, "/RemoteManagers"))
    managers += (managers.empty() ? "" : ", ") + text_at(manager, "/Addr");
  return out + (managers.empty() ? "" : pretty_line(1, "Managers at", managers));
}

std::string engine_lines(const Json& info) {
  const auto count = [&info](const char* pointer) {
    return std::to_string(number_at(info, pointer));
  };
  const bool has_memory = flag_at(info, "/MemoryLimit");
  return pretty_line(
             0, "Tasks here",
             count("/ContainersRunning") + " running, " + count("/ContainersStopped") + " ended") +
         pretty_line(0, "Images here", count("/Images")) +
         pretty_line(0, "Version", text_at(info, "/ServerVersion")) +
         pretty_line(0, "Runtime", text_at(info, "/DefaultRuntime")) +
         pretty_line(0, "Storage", text_at(info, "/Driver")) +
         pretty_line(0, "Cgroups",
                     "version " + text_at(info, "/CgroupVersion") +
                         (has_memory ? "" : ", memory controller off")) +
         pretty_line(0, "Data folder", text_at(info, "/DockerRootDir"));
}

std::string host_lines(const Json& info) {
  return pretty_line(0, "Name", text_at(info, "/Name")) +
         pretty_line(0, "System", text_at(info, "/OperatingSystem")) +
         pretty_line(0, "Kernel", text_at(info, "/KernelVersion")) +
         pretty_line(0, "Architecture", text_at(info, "/Architecture")) +
         pretty_line(0, "CPUs", std::to_string(number_at(info, "/NCPU"))) +
         pretty_line(0, "Memory",
                     human_memory(static_cast<uint64_t>(number_at(info, "/MemTotal"))));
}

}  // namespace

Result<int> info(Call& call) {
  InspectOptions options;
  Syntax syntax(call, {"info", "info --format '{{.Swarm.LocalNodeState}}'"});
  options.declare(syntax, false);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  ES_TRY(const Json document, engine.get("/info"));
  if (!options.format.empty()) {
    ES_CHECK(print_document(call.console, document, options.format));
    return kDone;
  }
  call.console.out(swarm_lines(value_at(document, "/Swarm")) + engine_lines(document) +
                   host_lines(document));
  for (const Json& warning : value_at(document, "/Warnings")) {
    const std::string text = one_line(text_of(warning));
    call.console.err((text.starts_with("WARNING") ? "" : "WARNING: ") + text + "\n");
  }
  return kDone;
}

}  // namespace es::cli
