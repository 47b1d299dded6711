#pragma once
// From words to a command.

#include <string>
#include <vector>

#include "services/cli/console.h"

namespace es::cli {

// `words` are what follows the program's name; `host` is $EDGESWARM_HOST or empty. The exit code.
int dispatch(std::vector<std::string> words, const std::string& host, Console& console);

}  // namespace es::cli
