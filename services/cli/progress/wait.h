#pragma once
// What `service create`, `scale`, `update` and `rollback` do last, unless --detach.

#include <string>

#include "services/cli/console.h"
#include "services/cli/engine.h"

namespace es::cli {

// Until the service has converged, showing how far it is unless `quiet`. Ctrl-C ends the waiting,
// not the service. Errors: an update that has paused; the daemon's.
Status wait_until_converged(const Console& console, Engine& engine, const std::string& service_id,
                            bool quiet);

}  // namespace es::cli
