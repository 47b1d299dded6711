#pragma once
// What `node update` and `swarm update` would refuse whatever the cluster's state is; for services
// see command.h.

#include "core/base/result.h"
#include "core/model/cluster.h"
#include "core/model/node.h"

namespace es::orchestrator {

// Errors: kInvalid.
Status validate(const NodeSpec& spec);
Status validate(const ClusterSpec& spec);

}  // namespace es::orchestrator
