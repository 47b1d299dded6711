#pragma once
// A task without its spec, which tasks of one version share: neither entries nor snapshots repeat it.

#include "core/model/task.h"

namespace es::state {

// The spec, which may be large, is not copied on the way.
Task without_spec(const Task& task);

}  // namespace es::state
