#include "services/api/access.h"

namespace es::api {

Status check_manager(const LocalStatus& status) {
  if (status.is_manager && status.state == SwarmState::kActive) return {};
  if (status.state == SwarmState::kInactive) {
    return unavailable(
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to "
        "swarm and try again.");
  }
  if (!status.error.empty()) return unavailable(status.error);
  return unavailable(
      "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this "
      "command on a manager node or promote the current node to a manager.");
}

}  // namespace es::api
