#pragma once
// From a task and its image to the container that the runtime makes: what the specification leaves open, the image decides.

#include "core/model/task.h"
#include "core/ports/images.h"
#include "core/ports/runtime.h"

namespace es::agent {

// Docker's rules: Command replaces the image's entrypoint and then also its command; Args replace the command; the environment of the
// image is overridden name by name. Errors: kInvalid, when neither names anything to run.
Result<ports::ContainerConfig> compose_container(const Task& task, const ports::ImageConfig& image, std::string rootfs);

}  // namespace es::agent
