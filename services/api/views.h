#pragma once
// What several resources show of the cluster, beside the tables.

#include "core/model/service.h"
#include "services/api/cluster_control.h"
#include "services/api/documents.h"

namespace es::api {

Json tls_info(const ClusterControl& control);
NodeView node_view(const ClusterControl& control, const Node& node);

// ServiceStatus: how many tasks run, how many should, and for jobs how many have completed.
Json service_status(const ClusterControl& control, const Service& service);

}  // namespace es::api
