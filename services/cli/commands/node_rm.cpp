#include "services/cli/commands/all.h"
#include "services/cli/each.h"
#include "services/cli/engine.h"
#include "services/cli/syntax.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> node_rm(Call& call) {
  bool force = false;
  std::vector<std::string> names;
  Syntax syntax(call, {"node rm pi-5", "node rm --force pi-5"});
  syntax.flag(force, "f,force", "Also a node that is not down");
  syntax.arguments(names, 1, SIZE_MAX);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  return for_each_name(call.console, names, [&](const std::string& name) -> Status {
    ES_CHECK(engine.remove("/nodes/" + path_part(name) + query({{"force", force ? "1" : ""}})));
    call.console.out(name + "\n");
    return {};
  });
}

}  // namespace es::cli
