#pragma once
// LogLine: what stands in one piece of a log: "[TIME ]DETAILS TEXT", where the details say which
// task it is.

#include <map>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace es::cli {

struct LogLine {
  std::string_view time;                       // empty without timestamps
  std::map<std::string, std::string> details;  // "com.docker.swarm.task.id" and others
  std::string_view text;

  std::string detail(const std::string& name) const;
};

// Errors: kCorrupt.
Result<LogLine> parse_log_line(std::string_view piece, bool has_time);

}  // namespace es::cli
