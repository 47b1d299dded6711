#pragma once
// What this process may not do and needs for making containers.

#include <string>

#include "core/base/result.h"

namespace es::runtime {

// Errors: kPrecondition, naming what is missing. `proc_status` is the text of /proc/self/status.
Status check_privileges(const std::string& proc_status);

}  // namespace es::runtime
