#include "services/cli/cli.h"

#include <cstdlib>
#include <cstring>
#include <vector>

#include "services/cli/commands.h"
#include "services/cli/dispatch.h"

namespace es::cli {

namespace {

constexpr const char* kTokenPrefix = "ESWTKN-";

// Every user of the machine can read a process's words in /proc: a token stands there no longer than it
// takes to read it. `join -` and --token-file keep it out altogether.
void blank_tokens(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    char* token = std::strstr(argv[i], kTokenPrefix);
    if (token != nullptr) std::memset(token, 'x', std::strlen(token));
  }
}

}  // namespace

int run(int argc, char** argv) {
  Console console = system_console();
  const char* const host = std::getenv("EDGESWARM_HOST");
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  blank_tokens(argc, argv);
  return dispatch(std::move(words), host == nullptr ? "" : host, console);
}

}  // namespace es::cli
