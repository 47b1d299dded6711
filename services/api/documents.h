#pragma once
// The documents of Docker's API: model objects as JSON and back. The JSON comes from the field lists with the shapes of shapes.h; what
// Docker puts around an object (a node's state, the endpoint of a service) is added here.

#include <optional>
#include <string>

#include "core/model/cluster.h"
#include "core/model/node.h"
#include "core/model/service.h"
#include "core/model/task.h"
#include "services/json/json.h"

namespace es::api {

using json::Json;

// What is known of a node beside the replicated object.
struct NodeView {
  NodeState state = NodeState::kUnknown;
  std::string message;
  bool is_leader = false;
  bool is_reachable = true;  // for Raft
  Json tls_info;
};

Json node_document(const Node& node, const NodeView& view);
// Errors: kInvalid, kUnsupported.
Result<NodeSpec> read_node_spec(const Json& in);

Json service_document(const Service& service);
// With everything filled in that a user did not say and that applies anyway (?insertDefaults=1).
Json service_document_with_defaults(Service service);
// The mode is replicated with one replica where the document says nothing. Errors: kInvalid, kUnsupported.
Result<ServiceSpec> read_service_spec(const Json& in);

Json task_document(const Task& task);

Json cluster_spec_document(const ClusterSpec& spec);
Json cluster_document(const Cluster& cluster, const Json& tls_info);
// Settings that have no meaning here (ticks of Raft, the dispatcher's period) must be absent or as cluster_spec_document() shows them.
// Errors: kInvalid, kUnsupported.
Result<ClusterSpec> read_cluster_spec(const Json& in);

// uname's word for an OCI architecture, as Docker shows it for nodes: "x86_64", "aarch64", "armv7l".
std::string machine_name(const Platform& platform);

}  // namespace es::api
