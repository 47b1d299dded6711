#include "services/cli/call_options.h"
#include "services/cli/change.h"
#include "services/cli/commands/all.h"
#include "services/cli/human.h"
#include "services/cli/progress/wait.h"
#include "services/cli/spec/edits.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> service_update(Call& call) {
  SpecEdits edits;
  WaitOptions options;
  bool roll_back = false;
  bool is_accepted = false;
  std::vector<std::string> names;
  Syntax syntax(call, {"service update --image app:2 app",
                       "service update --env-add LEVEL=debug --env-rm TRACE app",
                       "service update --constraint-add node.labels.rack==kitchen app",
                       "service update --force app"});
  edits.declare_update(syntax);
  options.declare(syntax);
  syntax.flag(roll_back, "rollback", "Go back to what the service was before its last update");
  syntax.flag(is_accepted, "with-registry-auth",
              "Accepted and without effect: there are no registries yet");
  syntax.flag(is_accepted, "no-resolve-image",
              "Accepted and without effect: there are no registries yet");
  syntax.arguments(names, 1, 1);
  if (const auto code = syntax.parse()) return *code;
  if (roll_back && !edits.empty())
    return syntax.misuse(
        "--rollback goes back to the whole former specification; it cannot be mixed with changes");

  Engine engine(call.socket_path);
  const auto edit = [&](Json& service) { return edits.apply(service["Spec"]); };
  ES_TRY(const Changed changed, change_object(engine, "/services/" + path_part(names.front()), edit,
                                              {{"rollback", roll_back ? "previous" : ""}}));
  for (const std::string& warning : changed.warnings) call.console.err(one_line(warning) + "\n");
  call.console.out(names.front() + "\n");
  if (!options.detach)
    ES_CHECK(wait_until_converged(call.console, engine, changed.id, options.quiet));
  return kDone;
}

}  // namespace es::cli
