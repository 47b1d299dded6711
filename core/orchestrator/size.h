#pragma once
// The size of what a user asks for. An object has to fit into one change of the log together with what else belongs there; what is too
// large is refused by itself, before it can hold up anybody else.

#include "core/orchestrator/command.h"

namespace es::orchestrator {

// The encoded size of a command; before anything is known of the object that it changes.
// Errors (of all below): kInvalid, with the name of the object, its size and the bound.
Result<size_t> checked_size(const Command& command);

// Of the object as the command leaves it.
Result<size_t> checked_size(const Service& service);
Result<size_t> checked_size(const Node& node);
Result<size_t> checked_size(const Cluster& cluster);

}  // namespace es::orchestrator
