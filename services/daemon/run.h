#pragma once
// `edgeswarm daemon`: from its flags to the end of its loop.

#include <string_view>

namespace es::daemon {

// argv[0] is the word "daemon" or the program. `shim`: the bytes of the task monitor. Returns the exit code.
int run(int argc, char** argv, std::string_view shim);

}  // namespace es::daemon
