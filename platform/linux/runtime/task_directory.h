#pragma once
// TaskDirectory: <run directory>/tasks/<id>, the bundle and the records of one task. The shim holds
// a lock on it from before it is started until it has ended, so the lock says whether anybody
// watches the task.

#include <optional>
#include <string>

#include "core/base/id.h"
#include "core/base/result.h"
#include "platform/linux/runtime/runtime_options.h"

namespace es::runtime {

class TaskDirectory {
 public:
  TaskDirectory(const RuntimeOptions& options, TaskId task);

  const std::string& path() const { return path_; }
  const std::string& log_path() const { return log_path_; }
  // Where the engine keeps its notes while the container is there.
  const std::string& engine_state_path() const { return engine_state_path_; }
  const std::string& name() const { return name_; }  // of the container, its cgroup and its folders

  // Errors: kConflict when it is there already, kIo.
  Status create() const;

  // The open folder, locked; nothing when somebody else has it. The lock goes with every copy of
  // the descriptor. Errors: kIo.
  Result<std::optional<int>> lock() const;

  // A file of the folder, whatever the process's umask. Errors: kIo.
  Status write(const char* name, std::string_view bytes, unsigned mode) const;

  // Everything, with logs and the engine's state.
  void remove() const;

 private:
  std::string name_;
  std::string path_;
  std::string log_path_;
  std::string engine_state_path_;
};

// <run directory>/engine: what crun or runc notes about containers.
std::string engine_state_directory(const RuntimeOptions& options);
std::string tasks_directory(const RuntimeOptions& options);
std::string logs_directory(const RuntimeOptions& options);

}  // namespace es::runtime
