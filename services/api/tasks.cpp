// /tasks

#include "core/orchestrator/dirty.h"
#include "services/api/documents.h"
#include "services/api/filters.h"
#include "services/api/lookup.h"
#include "services/api/routes.h"
#include "services/api/views.h"

namespace es::api {

namespace {

constexpr std::string_view kUpToDate = "_up-to-date";  // what the CLI's progress display asks for

// Names of services and nodes become ids, as Docker's daemon does. Errors: kNotFound.
Status resolve_names(const ClusterControl& control, Filters& filters) {
  const state::Tables& tables = *control.tables();
  std::vector<std::string> services;
  for (const std::string& text : filters.values("service")) {
    ES_TRY(const auto service, find_service(tables, text));
    services.push_back(service->id.to_string());
  }
  std::vector<std::string> nodes;
  for (const std::string& text : filters.values("node")) {
    if (text == "self") {
      nodes.push_back(control.status().node.to_string());
      continue;
    }
    ES_TRY(const auto node, find_node(tables, text));
    nodes.push_back(node->id.to_string());
  }
  if (!services.empty()) filters.set("service", std::move(services));
  if (!nodes.empty()) filters.set("node", std::move(nodes));
  for (const std::string& text : filters.values("desired-state")) {
    TaskState state{};
    if (!from_string(text, state)) return invalid("invalid desired-state filter: '" + text.substr(0, 64) + "'");
  }
  return {};
}

// Swarm's full name: "web.1.<task id>", of which "web" and "web.1" are prefixes.
bool has_name(const Filters& filters, const Task& task) {
  return filters.is_any_prefix("name", task_name(task) + "." + task.id.to_string());
}

bool is_up_to_date(const state::Tables& tables, const Service* service, const Task& task) {
  return service != nullptr && !orchestrator::is_dirty(*service, task, tables.node(task.node_id).get());
}

bool fits(const state::Tables& tables, const Filters& filters, const Task& task) {
  static const Labels kNoLabels;
  const auto service = tables.service(task.service_id);
  return has_name(filters, task) && filters.is_any_prefix("id", task.id.to_string()) &&
         filters.is_any("service", task.service_id.to_string()) && filters.is_any("node", task.node_id.to_string()) &&
         filters.is_any("desired-state", to_string(task.desired_state)) && filters.is_any("runtime", "container") &&
         filters.are_labels("label", service ? service->spec.labels : kNoLabels) &&
         (!filters.has(kUpToDate) || is_up_to_date(tables, service.get(), task));
}

void list_tasks(const CallPtr& call) {
  ES_REPLY_TRY(Filters filters, call,
               Filters::parse(call->query("filters"), {"id", "name", "label", "service", "node", "desired-state",
                                                       "runtime", kUpToDate}));
  const Status resolved = resolve_names(call->control, filters);
  if (!resolved.ok()) return call->fail(resolved.error());
  const state::Tables& tables = *call->control.tables();
  const NodeId self = call->control.status().node;
  Json list = Json::array();
  for (const auto& [id, task] : tables.rows<Task>()) {
    if (fits(tables, filters, *task)) list.push_back(task_view(call->control, self, *task));
  }
  call->reply(list);
}

void inspect_task(const CallPtr& call) {
  ES_REPLY_TRY(const auto task, call, find_task(*call->control.tables(), call->argument(0)));
  call->reply(task_view(call->control, call->control.status().node, *task));
}

constexpr std::array kTaskRoutes{
    Route{"GET", "/tasks", Access::kFresh, list_tasks},
    Route{"GET", "/tasks/{}", Access::kFresh, inspect_task},
};

}  // namespace

std::span<const Route> task_routes() { return kTaskRoutes; }

}  // namespace es::api
