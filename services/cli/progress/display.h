#pragma once
// ProgressDisplay: lines that change. On a terminal they are redrawn in place; elsewhere a line is
// printed when it says something new.

#include <string>
#include <vector>

#include "services/cli/console.h"
#include "services/cli/progress/task_progress.h"

namespace es::cli {

class ProgressDisplay {
 public:
  explicit ProgressDisplay(const Console& console) : console_(console) {}

  void show(std::vector<ProgressLine> lines);

 private:
  void redraw(const std::vector<ProgressLine>& lines);
  void print_news(const std::vector<ProgressLine>& lines);

  const Console& console_;
  std::vector<ProgressLine> shown_;
};

// "2/5: running   [=====================>      ]", at most `columns` wide.
std::string progress_text(const ProgressLine& line, size_t columns);

}  // namespace es::cli
