#pragma once
// The flags that several commands share.

#include <string>
#include <vector>

#include "services/cli/syntax.h"

namespace es::cli {

struct ListOptions {
  std::vector<std::string> filters;  // "key=value"
  std::string format;
  bool quiet = false;
  bool no_trunc = false;
  bool no_resolve = false;

  void declare(Syntax& syntax);            // --filter --format --quiet
  void declare_for_tasks(Syntax& syntax);  // and --no-trunc --no-resolve
};

struct InspectOptions {
  std::string format;
  bool pretty = false;

  void declare(Syntax& syntax, bool has_pretty);
};

struct WaitOptions {
  bool detach = false;
  bool quiet = false;

  void declare(Syntax& syntax);
};

}  // namespace es::cli
