// /services

#include "services/api/documents.h"
#include "services/api/filters.h"
#include "services/api/lookup.h"
#include "services/api/routes.h"
#include "services/api/service_name.h"
#include "services/api/service_request.h"
#include "services/api/views.h"

namespace es::api {

namespace {

using orchestrator::CommandAnswer;

std::string_view mode_name(const ServiceMode& mode) {
  if (mode.global) return "global";
  if (mode.replicated_job) return "replicated-job";
  if (mode.global_job) return "global-job";
  return "replicated";
}

bool fits(const Filters& filters, const Service& service) {
  return filters.is_any_prefix("id", service.id.to_string()) && filters.is_any_prefix("name", service.spec.name) &&
         filters.are_labels("label", service.spec.labels) && filters.is_any("mode", mode_name(service.spec.mode)) &&
         filters.is_any("runtime", "container");
}

void list_services(const CallPtr& call) {
  ES_REPLY_TRY(const Filters filters, call,
               Filters::parse(call->query("filters"), {"id", "name", "label", "mode", "runtime"}));
  Json list = Json::array();
  for (const auto& [id, service] : call->control.tables()->rows<Service>()) {
    if (!fits(filters, *service)) continue;
    Json document = service_document(*service);
    if (call->flag("status")) document["ServiceStatus"] = service_status(call->control, *service);
    list.push_back(std::move(document));
  }
  call->reply(list);
}

void inspect_service(const CallPtr& call) {
  ES_REPLY_TRY(const auto service, call, find_service(*call->control.tables(), call->argument(0)));
  call->reply(call->flag("insertDefaults") ? service_document_with_defaults(*service) : service_document(*service));
}

Json warnings_document(const CommandAnswer& answer) {
  return answer.warnings.empty() ? Json() : Json(answer.warnings);
}

void create_service(const CallPtr& call) {
  ES_REPLY_TRY(const Json body, call, call->body());
  ES_REPLY_TRY(ServiceSpec spec, call, read_service_spec(body));
  const Status completed = complete_service_spec(call->control.images(), nullptr, spec);
  if (!completed.ok()) return call->fail(completed.error());
  if (spec.name.empty()) spec.name = make_service_name(call->control);
  // Here too, and not only at the leader: what will be refused is not sent through the cluster.
  const Status valid = orchestrator::validate(spec);
  if (!valid.ok()) return call->fail(valid.error());
  call->control.submit(orchestrator::CreateService{std::move(spec)},
                       Call::then<CommandAnswer>(call, [call](const CommandAnswer& answer) {
                         call->reply({{"ID", answer.id}, {"Warnings", warnings_document(answer)}}, 201);
                       }));
}

void update_service(const CallPtr& call) {
  ES_REPLY_TRY(const Version version, call, call->version("service"));
  const std::string_view rollback = call->query("rollback");
  if (!rollback.empty() && rollback != "previous") {
    return call->fail(invalid("unrecognized rollback option " + std::string(rollback.substr(0, 32))));
  }
  ES_REPLY_TRY(const Json body, call, call->body());
  ES_REPLY_TRY(ServiceSpec spec, call, read_service_spec(body));
  ES_REPLY_TRY(const auto service, call, find_service(*call->control.tables(), call->argument(0)));
  const Status completed = complete_service_spec(call->control.images(), &service->spec, spec);
  if (!completed.ok()) return call->fail(completed.error());
  const Status valid = rollback.empty() ? orchestrator::validate(spec) : Status();
  if (!valid.ok()) return call->fail(valid.error());
  call->control.submit(orchestrator::UpdateService{service->id, version, std::move(spec), !rollback.empty()},
                       Call::then<CommandAnswer>(call, [call](const CommandAnswer& answer) {
                         call->reply({{"Warnings", warnings_document(answer)}});
                       }));
}

void remove_service(const CallPtr& call) {
  ES_REPLY_TRY(const auto service, call, find_service(*call->control.tables(), call->argument(0)));
  call->control.submit(orchestrator::RemoveService{service->id},
                       Call::then<CommandAnswer>(call, [call](const CommandAnswer&) { call->reply_empty(); }));
}

constexpr std::array kServiceRoutes{
    Route{"GET", "/services", Access::kFresh, list_services},
    Route{"POST", "/services/create", Access::kManager, create_service},
    Route{"GET", "/services/{}", Access::kFresh, inspect_service},
    Route{"POST", "/services/{}/update", Access::kFresh, update_service},
    Route{"DELETE", "/services/{}", Access::kFresh, remove_service},
};

}  // namespace

std::span<const Route> service_routes() { return kServiceRoutes; }

}  // namespace es::api
