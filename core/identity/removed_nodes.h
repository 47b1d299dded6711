#pragma once
// The list of the removed is part of the model (orchestrator and node keep it too); identity's rules speak of it.

#include "core/model/removed_nodes.h"

namespace es::identity {

using es::add_removed;
using es::is_removed;
using es::kMaxRemovedNodes;

}  // namespace es::identity
