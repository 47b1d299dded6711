#include "services/cli/call_options.h"
#include "services/cli/change.h"
#include "services/cli/commands/all.h"
#include "services/cli/human.h"
#include "services/cli/progress/wait.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> service_rollback(Call& call) {
  WaitOptions options;
  std::vector<std::string> names;
  Syntax syntax(call, {"service rollback web"});
  options.declare(syntax);
  syntax.arguments(names, 1, 1);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  const auto as_it_is = [](Json&) -> Status { return {}; };
  ES_TRY(const Changed changed, change_object(engine, "/services/" + path_part(names.front()),
                                              as_it_is, {{"rollback", "previous"}}));
  for (const std::string& warning : changed.warnings) call.console.err(one_line(warning) + "\n");
  call.console.out(names.front() + "\n");
  if (!options.detach)
    ES_CHECK(wait_until_converged(call.console, engine, changed.id, options.quiet));
  return kDone;
}

}  // namespace es::cli
