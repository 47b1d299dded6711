#pragma once
// A scenario file, from its text to "ok" or to the line that failed. Each grammar of SCENARIOS.md is a Story.

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "tests/scenario/line.h"

namespace es::scenario {

// Interprets one line. Errors: what was expected and what was seen, or why the line makes no sense. Later lines are not run then.
using Story = std::function<Status(Line&)>;

struct Verdict {
  bool passed = false;
  std::string text;  // "ok FILE" or "FAIL FILE:LINE: …"
};

Verdict run_file(const std::string& path, const Story& story);
// For tests of the runner: `name` stands for the file.
Verdict run_text(const std::string& name, std::string_view text, const Story& story);

// SCENARIOS.md §1, in a fresh world.
Verdict run_raft_file(const std::string& path);

}  // namespace es::scenario
