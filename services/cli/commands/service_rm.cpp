#include "services/cli/commands/all.h"
#include "services/cli/each.h"
#include "services/cli/engine.h"
#include "services/cli/syntax.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> service_rm(Call& call) {
  std::vector<std::string> names;
  Syntax syntax(call, {"service rm web", "service rm web db"});
  syntax.arguments(names, 1, SIZE_MAX);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  return for_each_name(call.console, names, [&](const std::string& name) -> Status {
    ES_CHECK(engine.remove("/services/" + path_part(name)));
    call.console.out(name + "\n");
    return {};
  });
}

}  // namespace es::cli
