#pragma once
// Commands that take several names do what they can: an error of one does not keep the others from
// being done.

#include <functional>
#include <string>
#include <vector>

#include "services/cli/command.h"

namespace es::cli {

// The exit code: kFailed when one failed; each error is a line.
int for_each_name(const Console& console, const std::vector<std::string>& names,
                  const std::function<Status(const std::string& name)>& act);

}  // namespace es::cli
