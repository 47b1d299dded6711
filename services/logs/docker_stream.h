#pragma once
// The format in which Docker's API streams logs: each piece a frame of 8 bytes head and its payload ("stdcopy"), and before each piece
// what was asked for: a time, and the details by which the CLI knows the task.

#include <string>
#include <utility>
#include <vector>

#include "core/wire/log_stream.h"

namespace es::logs {

struct DockerFormat {
  bool framed = true;      // false for a task with a terminal: the bytes as they are
  bool timestamps = false;
  // Given in the order of their names; empty: no details. Values are encoded as in a query.
  std::vector<std::pair<std::string, std::string>> details;
};

// A complete record ends with a newline, one that goes on does not.
std::string docker_frame(const wire::LogRecord& record, const DockerFormat& format);

}  // namespace es::logs
