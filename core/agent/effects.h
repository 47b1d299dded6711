#pragma once
// What the agent wants done. Whatever takes time comes back as a call of Agent.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/id.h"
#include "core/ports/images.h"
#include "core/ports/runtime.h"

namespace es::agent {

// Find the image and mount a root file system; answered by Agent::prepared.
struct PrepareTask {
  TaskId task;
  std::string image;
};
struct Prepared {
  std::string rootfs;
  ports::ImageConfig image;
};
// Answered by Agent::container_event.
struct StartContainer {
  ports::ContainerConfig config;
};
struct StopContainer {
  TaskId task;
};
// Delete the container's files and its root file system; not answered.
struct RemoveContainer {
  TaskId task;
};
// Write or (nothing) delete the task's record.
struct SaveTask {
  TaskId task;
  std::optional<std::string> record;
};

using Effect = std::variant<PrepareTask, StartContainer, StopContainer, RemoveContainer, SaveTask>;

}  // namespace es::agent
