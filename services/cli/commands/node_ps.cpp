#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/tasks/task_listing.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> node_ps(Call& call) {
  ListOptions options;
  std::vector<std::string> nodes;
  Syntax syntax(call,
                {"node ps", "node ps pi-3", "node ps --filter desired-state=running pi-1 pi-2"});
  options.declare_for_tasks(syntax);
  syntax.arguments(nodes, 0, SIZE_MAX);
  if (const auto code = syntax.parse()) return *code;
  if (nodes.empty()) nodes.emplace_back("self");

  Engine engine(call.socket_path);
  for (const std::string& node : nodes) options.filters.push_back("node=" + node);
  ES_TRY(const Json tasks,
         engine.get("/tasks" + query({{"filters", filters_document(options.filters)}})));
  ES_CHECK(print_tasks(call.console, engine, tasks, options));
  return kDone;
}

}  // namespace es::cli
