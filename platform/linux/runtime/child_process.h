#pragma once
// Starting a process that shall outlive this one: a session of its own, no signal blocked or
// ignored, only the files it is given.

#include <string>
#include <vector>

#include "core/base/result.h"

namespace es::runtime {

// `files` become 3, 4, 5…; 0, 1 and 2 are /dev/null, everything else is closed. The environment
// holds PATH only. Returns the process id, which is also that of its process group. Errors: kIo.
Result<int> spawn_child(const std::string& program, const std::vector<std::string>& arguments,
                        const std::vector<int>& files);

}  // namespace es::runtime
