#pragma once
// TaskPrefix: "web.1.x0zhu2tmn5ju@pi-3    | ", before each line of a service's log. Names are asked
// for once.

#include <map>
#include <string>

#include "services/cli/engine.h"
#include "services/cli/logs/log_line.h"

namespace es::cli {

struct PrefixOptions {
  bool no_resolve = false;  // ids instead of names
  bool no_task_ids = false;
  bool no_trunc = false;
};

class TaskPrefix {
 public:
  // `slot_width`: digits of the highest slot, so that lines are aligned.
  TaskPrefix(Engine& engine, PrefixOptions options, size_t slot_width)
      : engine_(engine), options_(options), slot_width_(slot_width) {}

  // A task or node that is gone already is shown by its id.
  std::string of(const LogLine& line);

 private:
  std::string make(const LogLine& line);
  std::string name_at(const std::string& path, const char* pointer, const char* other_pointer);

  Engine& engine_;
  PrefixOptions options_;
  size_t slot_width_;
  std::map<std::string, std::string> known_;  // task id -> prefix
};

}  // namespace es::cli
