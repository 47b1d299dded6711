#pragma once
// Command: one row of the table of commands; Call: one use of it.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "services/cli/console.h"

namespace es::cli {

constexpr int kDone = 0;
constexpr int kFailed = 1;   // the daemon or the system said no
constexpr int kMisused = 2;  // the command line is wrong

struct Call;

struct Command {
  std::string_view name;     // "node ls"
  std::string_view alias;    // another name, or empty
  std::string_view usage;    // what follows the name: "[OPTIONS] NODE [NODE...]"
  std::string_view summary;  // one line
  // The exit code. An error is printed as one line, and the exit code is kFailed.
  Result<int> (*run)(Call& call);
};

struct Call {
  const Command& command;
  std::vector<std::string> arguments;  // behind the command's name
  Console& console;
  std::string socket_path;  // of the daemon
};

}  // namespace es::cli
