#include "services/cli/commands/all.h"
#include "services/cli/engine.h"
#include "services/cli/syntax.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> leave(Call& call) {
  bool force = false;
  Syntax syntax(call, {"leave", "leave --force"});
  syntax.flag(force, "f,force", "Also when this node is a manager, and even the last one");
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  ES_CHECK(engine.post("/swarm/leave" + query({{"force", force ? "1" : ""}})));
  call.console.out("Node left the swarm.\n");
  return kDone;
}

}  // namespace es::cli
