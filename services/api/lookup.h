#pragma once
// Lookup: the object that a user means: by full id, else by name, else by a prefix of its id.

#include <string>

#include "core/base/result.h"
#include "core/state/tables.h"

namespace es::api {

// Errors: kNotFound; kInvalid when several objects fit. Both in Docker's words. A node's name is its host name.
Result<state::Ref<Node>> find_node(const state::Tables& tables, const std::string& text);
Result<state::Ref<Service>> find_service(const state::Tables& tables, const std::string& text);
// By id or a prefix only.
Result<state::Ref<Task>> find_task(const state::Tables& tables, const std::string& text);

// "web.3"; for a task of a global service "web.<node id>".
std::string task_name(const Task& task);

}  // namespace es::api
