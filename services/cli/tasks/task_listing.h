#pragma once
// The tasks of `service ps` and `node ps`: Docker's table, with the former tasks of a slot below
// the present one.

#include <string>
#include <vector>

#include "services/cli/call_options.h"
#include "services/cli/engine.h"

namespace es::cli {

// `tasks` as the API lists them. Errors: the daemon's (names are asked for), those of
// Listing::print().
Status print_tasks(const Console& console, Engine& engine, const Json& tasks,
                   const ListOptions& options);

}  // namespace es::cli
