#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/each.h"
#include "services/cli/engine.h"
#include "services/cli/human.h"
#include "services/cli/syntax.h"
#include "services/json/json.h"

namespace es::cli {

Result<int> image_rm(Call& call) {
  bool force = false;
  std::vector<std::string> names;
  Syntax syntax(call, {"image rm busybox:latest"});
  syntax.flag(force, "f,force", "Also an image with several names");
  syntax.arguments(names, 1, SIZE_MAX);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  return for_each_name(call.console, names, [&](const std::string& name) -> Status {
    ES_TRY(const Json gone,
           engine.remove("/images/" + path_part(name) + query({{"force", force ? "1" : ""}})));
    for (const Json& one : gone) {
      for (const auto& [what, which] : one.items())
        call.console.out(what + ": " + one_line(text_of(which)) + "\n");
    }
    return {};
  });
}

}  // namespace es::cli
