#include "services/cli/call_options.h"
#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/inspect.h"
#include "services/cli/service_text.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> service_inspect(Call& call) {
  InspectOptions options;
  std::vector<std::string> names;
  Syntax syntax(call, {"service inspect web", "service inspect --pretty web",
                       "service inspect --format '{{json .Spec.Labels}}' web"});
  options.declare(syntax, true);
  syntax.arguments(names, 1, SIZE_MAX);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  std::vector<Json> services;
  for (const std::string& name : names) {
    // A person wants to see what applies, also where nobody has said it.
    ES_TRY(Json service, engine.get("/services/" + path_part(name) +
                                    query({{"insertDefaults", options.pretty ? "1" : ""}})));
    services.push_back(std::move(service));
  }
  if (!options.pretty)
    ES_CHECK(print_documents(call.console, services, options.format));
  else
    for (const Json& service : services) call.console.out(service_text(service));
  return kDone;
}

}  // namespace es::cli
