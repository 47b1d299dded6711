#pragma once
// RuntimeCall: runs `crun run --detach` (or runc) once. The container's output pipes are the
// runtime's own: what the runtime says before it gives up is the reason.

#include "services/shim/options.h"
#include "services/shim/records.h"

namespace es::shim {

// The container runs when it has a process id.
struct RuntimeOutcome {
  int pid = -1;
  int64_t duration_us = 0;
};

// The writing ends are closed in either case. Without a process id `reason` says why: what the
// runtime wrote on its standard error, whose reading end is `errors`.
RuntimeOutcome run_runtime(const Options& options, char** envp, int output_end, int error_end,
                           int errors, Reason& reason);

}  // namespace es::shim
