#pragma once
// The table of commands, in the order in which they are shown. Each is a file in commands/.

#include <span>
#include <string_view>

#include "services/cli/command.h"

namespace es::cli {

std::span<const Command> all_commands();

// Null when there is none of that name or alias.
const Command* find_command(std::string_view name);

}  // namespace es::cli
