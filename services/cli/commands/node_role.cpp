// node promote, node demote

#include "services/cli/change.h"
#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/each.h"
#include "services/cli/syntax.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

Result<int> set_role(Call& call, Syntax& syntax, const std::string& role) {
  std::vector<std::string> names;
  syntax.arguments(names, 1, SIZE_MAX);
  if (const auto code = syntax.parse()) return *code;
  Engine engine(call.socket_path);
  return for_each_name(call.console, names, [&](const std::string& name) -> Status {
    bool has_it = false;
    ES_CHECK(change_object(engine, "/nodes/" + path_part(name), [&](Json& node) -> Status {
      has_it = text_at(node, "/Spec/Role") == role;
      node["Spec"]["Role"] = role;
      return {};
    }));
    if (has_it)
      call.console.out("Node " + name + " is already a " + role + ".\n");
    else if (role == "manager")
      call.console.out("Node " + name + " promoted to a manager in the swarm.\n");
    else
      call.console.out("Manager " + name + " demoted in the swarm.\n");
    return {};
  });
}

}  // namespace

Result<int> node_promote(Call& call) {
  Syntax syntax(call, {"node promote pi-4 pi-5"});
  return set_role(call, syntax, "manager");
}

Result<int> node_demote(Call& call) {
  Syntax syntax(call, {"node demote pi-5"});
  return set_role(call, syntax, "worker");
}

}  // namespace es::cli
