#pragma once
// What --help prints: at most 80 columns.

#include <string>
#include <string_view>
#include <vector>

#include "services/cli/command.h"

namespace es::cli {

struct FlagHelp {
  std::string names;  // "q,quiet"
  std::string word;   // for the value; empty for a flag without one
  std::string text;
};

std::string command_help(const Command& command, std::vector<FlagHelp> flags,
                         const std::vector<std::string>& examples);
// Of "node", "service", "image": their commands. Of "": all.
std::string group_help(std::string_view group);

}  // namespace es::cli
