#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/each.h"
#include "services/cli/tasks/task_listing.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> service_ps(Call& call) {
  ListOptions options;
  std::vector<std::string> names;
  Syntax syntax(call, {"service ps web", "service ps --no-trunc web",
                       "service ps --filter desired-state=running web"});
  options.declare_for_tasks(syntax);
  syntax.arguments(names, 1, SIZE_MAX);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  // Those that are there are listed, also when others are not.
  std::vector<std::string> ids;
  const int code = for_each_name(call.console, names, [&](const std::string& name) -> Status {
    ES_TRY(const Json service, engine.get("/services/" + path_part(name)));
    ids.push_back(text_at(service, "/ID"));
    return {};
  });
  if (ids.empty()) return code;
  for (const std::string& id : ids) options.filters.push_back("service=" + id);
  ES_TRY(const Json tasks,
         engine.get("/tasks" + query({{"filters", filters_document(options.filters)}})));
  ES_CHECK(print_tasks(call.console, engine, tasks, options));
  return code;
}

}  // namespace es::cli
