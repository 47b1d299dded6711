// /nodes

#include "core/orchestrator/validate.h"
#include "services/api/documents.h"
#include "services/api/filters.h"
#include "services/api/lookup.h"
#include "services/api/routes.h"
#include "services/api/views.h"

namespace es::api {

namespace {

bool fits(const Filters& filters, const Node& node) {
  const bool has_name = filters.is_any_prefix("name", node.description.hostname) ||
                        (!node.spec.name.empty() && filters.is_any_prefix("name", node.spec.name));
  return has_name && filters.is_any_prefix("id", node.id.to_string()) &&
         filters.is_any("role", to_string(node.spec.role)) && filters.is_any("membership", "accepted") &&
         filters.are_labels("node.label", node.spec.labels) &&
         filters.are_labels("label", node.description.engine_labels);
}

void list_nodes(const CallPtr& call) {
  ES_REPLY_TRY(const Filters filters, call,
               Filters::parse(call->query("filters"), {"id", "name", "label", "node.label", "membership", "role"}));
  Json list = Json::array();
  for (const auto& [id, node] : call->control.tables()->rows<Node>()) {
    if (fits(filters, *node)) list.push_back(node_document(*node, node_view(call->control, *node)));
  }
  call->reply(list);
}

void inspect_node(const CallPtr& call) {
  ES_REPLY_TRY(const auto node, call, find_node(*call->control.tables(), call->argument(0)));
  call->reply(node_document(*node, node_view(call->control, *node)));
}

void update_node(const CallPtr& call) {
  ES_REPLY_TRY(const Version version, call, call->version("node"));
  ES_REPLY_TRY(const Json body, call, call->body());
  ES_REPLY_TRY(NodeSpec spec, call, read_node_spec(body));
  ES_REPLY_TRY(const auto node, call, find_node(*call->control.tables(), call->argument(0)));
  const Status valid = orchestrator::validate(spec);
  if (!valid.ok()) return call->fail(valid.error());
  call->control.submit(orchestrator::UpdateNode{node->id, version, std::move(spec)},
                       Call::then<orchestrator::CommandAnswer>(call, [call](const auto&) { call->reply_empty(); }));
}

void remove_node(const CallPtr& call) {
  ES_REPLY_TRY(const auto node, call, find_node(*call->control.tables(), call->argument(0)));
  call->control.submit(orchestrator::RemoveNode{node->id, call->flag("force")},
                       Call::then<orchestrator::CommandAnswer>(call, [call](const auto&) { call->reply_empty(); }));
}

constexpr std::array kNodeRoutes{
    Route{"GET", "/nodes", Access::kFresh, list_nodes},
    Route{"GET", "/nodes/{}", Access::kFresh, inspect_node},
    Route{"POST", "/nodes/{}/update", Access::kFresh, update_node},
    Route{"DELETE", "/nodes/{}", Access::kFresh, remove_node},
};

}  // namespace

std::span<const Route> node_routes() { return kNodeRoutes; }

}  // namespace es::api
