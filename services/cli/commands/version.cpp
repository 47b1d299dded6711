#include "services/daemon/version.h"
#include "services/cli/call_options.h"
#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/inspect.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> version(Call& call) {
  InspectOptions options;
  Syntax syntax(call, {"version", "version --format '{{.Server.Version}}'"});
  options.declare(syntax, false);
  if (const auto code = syntax.parse()) return *code;

  // Client and daemon are the same program, unless it was replaced while the daemon ran.
  if (options.format.empty()) call.console.out(pretty_line(0, "Client", daemon::kVersion, 18));
  Engine engine(call.socket_path);
  ES_TRY(const Json document, engine.get("/version"));
  if (!options.format.empty()) {
    // As Docker's client has it: what it knows of itself, and of the other side.
    Json both{{"Client", {{"Version", daemon::kVersion}}}, {"Server", document}};
    both["Server"]["APIVersion"] = document.value("ApiVersion", "");
    ES_CHECK(print_document(call.console, both, options.format));
    return kDone;
  }
  call.console.out(
      pretty_line(0, "Daemon", text_at(document, "/Version"), 18) +
      pretty_line(1, "API version",
                  text_at(document, "/ApiVersion") + " (minimum " +
                      text_at(document, "/MinAPIVersion") + ")",
                  18) +
      pretty_line(1, "Git commit", text_at(document, "/GitCommit"), 18) +
      pretty_line(1, "Built", text_at(document, "/BuildTime"), 18) +
      pretty_line(1, "OS/Arch", text_at(document, "/Os") + "/" + text_at(document, "/Arch"), 18) +
      pretty_line(1, "Kernel", text_at(document, "/KernelVersion"), 18));
  return kDone;
}

}  // namespace es::cli
