#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/join_lines.h"
#include "services/cli/syntax.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> init(Call& call) {
  Json body{{"ListenAddr", ""},
            {"AdvertiseAddr", ""},
            {"Availability", "active"},
            {"Spec", Json::object()}};
  const auto member = [&body](const char* name) {
    return [&body, name](const std::string& text) -> Status {
      body[name] = text;
      return {};
    };
  };
  Syntax syntax(call, {"init", "init --advertise-addr 192.168.1.10", "init --force-new-cluster"});
  syntax.value("advertise-addr", "IP[:PORT]",
               "Where the other nodes reach this one (default: found by itself)",
               member("AdvertiseAddr"));
  syntax.value("listen-addr", "IP[:PORT]", "Where this node listens (default 0.0.0.0:2377)",
               member("ListenAddr"));
  syntax.value("availability", "AVAILABILITY", "active, pause or drain (default active)",
               member("Availability"));
  bool force = false;
  syntax.flag(force, "force-new-cluster",
              "Make this manager the only one: most of the others are lost for good");
  syntax.refuse("autolock", "autolock is not supported yet");
  if (const auto code = syntax.parse()) return *code;

  body["ForceNewCluster"] = force;

  Engine engine(call.socket_path);
  ES_TRY(const Json node_id, engine.post("/swarm/init", body));
  ES_TRY(const Json swarm, engine.get("/swarm"));
  call.console.out("Swarm initialized: current node (" + text_of(node_id) +
                   ") is now a manager.\n\n" +
                   join_lines("worker", text_at(swarm, "/JoinTokens/Worker")) + "\n" +
                   join_lines("manager", text_at(swarm, "/JoinTokens/Manager")));
  return kDone;
}

}  // namespace es::cli
