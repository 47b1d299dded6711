#pragma once
// Images: what is in the node's image store, and a root file system for a task.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/meta.h"
#include "core/model/platform.h"

namespace es::ports {

struct ImageConfig {
  std::vector<std::string> env;
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::string dir;
  std::string user;
  std::string stop_signal;
  std::vector<std::string> exposed_ports;
  std::vector<std::string> volumes;
  Labels labels;
};

struct Image {
  std::string id;                      // "sha256:…" of its configuration
  std::vector<std::string> tags;       // "busybox:latest"
  std::vector<std::string> layers;     // diff ids, lowest first
  int64_t size_bytes = 0;
  WallTime created_at;
  Platform platform;
  ImageConfig config;
};

class Images {
 public:
  virtual ~Images() = default;

  virtual std::vector<Image> list() const = 0;
  // By name, name:tag, full id or a unique id prefix. Nothing when it is not here.
  virtual std::optional<Image> find(const std::string& reference) const = 0;
  // Makes a writable root file system for the task. `done` gets its absolute path, on the loop's thread.
  virtual void mount(TaskId task, const std::string& image_id, std::function<void(Result<std::string>)> done) = 0;
  virtual void unmount(TaskId task) = 0;
  // Errors: kNotFound, kConflict (in use by a task).
  virtual Status remove(const std::string& reference, bool force) = 0;
};

}  // namespace es::ports
