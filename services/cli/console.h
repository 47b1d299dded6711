#pragma once
// Console: where a command writes, as far as it needs to know. Tests put strings behind it.

#include <functional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace es::cli {

constexpr int kDefaultColumns = 80;
constexpr int kDefaultRows = 24;

struct Console {
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  std::function<WallTime()> now;
  bool is_terminal = false;       // out
  int columns = kDefaultColumns;  // of out, when it is a terminal
  int rows = kDefaultRows;
};

// Standard output and standard error of this process.
Console system_console();

}  // namespace es::cli
