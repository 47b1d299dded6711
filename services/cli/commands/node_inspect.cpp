#include "services/cli/call_options.h"
#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/human.h"
#include "services/cli/inspect.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

std::string titled_labels(const std::string& title, const Json& labels) {
  return labels.empty() ? "" : pretty_line(0, title, "") + label_lines(" - ", labels);
}

std::string pretty(const Json& node) {
  std::string out = pretty_line(0, "ID", text_at(node, "/ID"));
  if (const std::string name = text_at(node, "/Spec/Name"); !name.empty())
    out += pretty_line(0, "Name", name);
  out += titled_labels("Labels", value_at(node, "/Spec/Labels"));
  out += pretty_line(0, "Hostname", text_at(node, "/Description/Hostname"));
  out += pretty_line(0, "Joined at", text_at(node, "/CreatedAt"));
  out += "Status:\n" + pretty_line(1, "State", capitalized(text_at(node, "/Status/State")));
  if (const std::string message = text_at(node, "/Status/Message"); !message.empty()) out += pretty_line(1, "Message", message);
  out += pretty_line(1, "Availability", capitalized(text_at(node, "/Spec/Availability")));
  out += pretty_line(1, "Address", text_at(node, "/Status/Addr"));
  if (const Json& manager = value_at(node, "/ManagerStatus"); !manager.is_null()) {
    out += "Manager Status:\n" + pretty_line(1, "Address", text_at(manager, "/Addr"));
    out += pretty_line(1, "Raft Status", capitalized(text_at(manager, "/Reachability")));
    out += pretty_line(1, "Leader", flag_at(manager, "/Leader") ? "Yes" : "No");
  }
  out +=
      "Platform:\n" + pretty_line(1, "Operating System", text_at(node, "/Description/Platform/OS"));
  out += pretty_line(1, "Architecture", text_at(node, "/Description/Platform/Architecture"));
  out += "Resources:\n" +
         pretty_line(1, "CPUs", cpu_text(number_at(node, "/Description/Resources/NanoCPUs")));
  out += pretty_line(
      1, "Memory",
      human_memory(static_cast<uint64_t>(number_at(node, "/Description/Resources/MemoryBytes"))));
  out += pretty_line(0, "Engine Version", text_at(node, "/Description/Engine/EngineVersion"));
  return out + titled_labels("Engine Labels", value_at(node, "/Description/Engine/Labels"));
}

}  // namespace

Result<int> node_inspect(Call& call) {
  InspectOptions options;
  std::vector<std::string> names;
  Syntax syntax(call, {"node inspect self", "node inspect --pretty pi-3",
                       "node inspect --format '{{.Spec.Availability}}' pi-3"});
  options.declare(syntax, true);
  syntax.arguments(names, 1, SIZE_MAX);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  std::vector<Json> nodes;
  for (std::string name : names) {
    if (name == "self") {
      ES_TRY(const Json info, engine.get("/info"));
      name = text_at(info, "/Swarm/NodeID");
      if (name.empty())
        return unavailable("this node is in no cluster; use `edgeswarm init` or `edgeswarm join`");
    }
    ES_TRY(Json node, engine.get("/nodes/" + path_part(name)));
    nodes.push_back(std::move(node));
  }
  if (!options.pretty)
    ES_CHECK(print_documents(call.console, nodes, options.format));
  else
    for (const Json& node : nodes) call.console.out(pretty(node));
  return kDone;
}

}  // namespace es::cli
