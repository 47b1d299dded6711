#include "services/cli/each.h"

#include "services/cli/human.h"

namespace es::cli {

int for_each_name(const Console& console, const std::vector<std::string>& names,
                  const std::function<Status(const std::string& name)>& act) {
  int code = kDone;
  for (const std::string& name : names) {
    const Status status = act(name);
    if (status.ok()) continue;
    console.err("edgeswarm: " + one_line(status.error().message) + "\n");
    code = kFailed;
  }
  return code;
}

}  // namespace es::cli
