#pragma once
// The command line: everything that `edgeswarm` can do except being the daemon. It speaks the
// Docker Engine API to the daemon's socket.

namespace es::cli {

// Exit codes: 0 done, 1 the daemon or the system said no, 2 the command line is wrong.
int run(int argc, char** argv);

}  // namespace es::cli
