#include "services/cli/cli.h"

#include <cstdlib>
#include <vector>

#include "services/cli/commands.h"
#include "services/cli/dispatch.h"

namespace es::cli {

int run(int argc, char** argv) {
  Console console = system_console();
  const char* const host = std::getenv("EDGESWARM_HOST");
  return dispatch(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc),
                  host == nullptr ? "" : host, console);
}

}  // namespace es::cli
