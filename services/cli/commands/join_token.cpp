#include "services/cli/change.h"
#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/join_lines.h"
#include "services/cli/syntax.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> join_token(Call& call) {
  bool quiet = false;
  bool rotate = false;
  std::vector<std::string> roles;
  Syntax syntax(call, {"join-token worker", "join-token --rotate manager", "join-token -q worker"});
  syntax.flag(quiet, "q,quiet", "Show the token only");
  syntax.flag(rotate, "rotate", "Make a new token; the old one is worth nothing from then on");
  syntax.arguments(roles, 1, 1);
  if (const auto code = syntax.parse()) return *code;
  const std::string role = roles.front();
  if (role != "worker" && role != "manager")
    return syntax.misuse("the role is worker or manager, not \"" + role + "\"");

  Engine engine(call.socket_path);
  if (rotate) {
    ES_TRY(const Json swarm, engine.get("/swarm"));
    const std::string version = std::to_string(number_at(swarm, "/Version/Index"));
    const std::string parameter = role == "worker" ? "rotateWorkerToken" : "rotateManagerToken";
    ES_CHECK(engine.post("/swarm/update" + query({{"version", version}, {parameter, "true"}}),
                         value_at(swarm, "/Spec")));
    if (!quiet) call.console.out("Successfully rotated " + role + " join token.\n\n");
  }
  ES_TRY(const Json swarm, engine.get("/swarm"));
  const std::string token =
      text_at(swarm, role == "worker" ? "/JoinTokens/Worker" : "/JoinTokens/Manager");
  call.console.out(quiet ? token + "\n" : join_lines(role, token));
  return kDone;
}

}  // namespace es::cli
