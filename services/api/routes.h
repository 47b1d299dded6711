#pragma once
// The routes of each resource; one file each.

#include <span>

#include "services/api/router.h"

namespace es::api {

std::span<const Route> system_routes();
std::span<const Route> swarm_routes();
std::span<const Route> node_routes();
std::span<const Route> service_routes();
std::span<const Route> task_routes();
std::span<const Route> log_routes();
std::span<const Route> event_routes();
std::span<const Route> network_routes();
std::span<const Route> image_routes();
std::span<const Route> edgeswarm_routes();
std::span<const Route> unsupported_routes();

}  // namespace es::api
