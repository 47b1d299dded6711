#pragma once
// Is a task out of date? Also what the API's filter `_up-to-date` asks.

#include "core/model/node.h"
#include "core/model/service.h"
#include "core/model/task.h"

namespace es::orchestrator {

// False when the task runs what the service's spec says now. `node` is the task's, nullptr without
// one: where only the placement changed and the node still satisfies it, the task is not dirty.
bool is_dirty(const Service& service, const Task& task, const Node* node);

}  // namespace es::orchestrator
