#pragma once
// What several resources show of the cluster, beside the tables.

#include "core/model/service.h"
#include "core/model/task.h"
#include "services/api/cluster_control.h"
#include "services/api/documents.h"

namespace es::api {

Json tls_info(const ClusterControl& control);
NodeView node_view(const ClusterControl& control, const Node& node);

// The status of a task as far as it is known now. The tables have what was reported; of its own tasks this node knows the present, and a
// state that was stored before the node started is no observation: until the node has looked, such a task is assigned and no more.
// `self` is this node.
TaskStatus present_status(const ClusterControl& control, NodeId self, const Task& task);
Json task_view(const ClusterControl& control, NodeId self, const Task& task);

// ServiceStatus: how many tasks run, how many should, and for jobs how many have completed.
Json service_status(const ClusterControl& control, const Service& service);

}  // namespace es::api
