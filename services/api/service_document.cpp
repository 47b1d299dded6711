#include "services/api/documents.h"
#include "services/api/shapes.h"

namespace es::api {

namespace {

constexpr std::string_view kEndpointMode = "vip";

Status check_mode(ServiceMode& mode) {
  const int count = (mode.replicated ? 1 : 0) + (mode.global ? 1 : 0) + (mode.replicated_job ? 1 : 0) +
                    (mode.global_job ? 1 : 0);
  if (count > 1) return invalid("Mode: must specify only one service mode");
  if (count == 0) mode.replicated.emplace();
  if (mode.replicated && !mode.replicated->replicas) mode.replicated->replicas = 1;
  return {};
}

// Limits and reservations are one struct in the model and two in Docker's API.
Status check_resources(const ResourceRequirements& resources) {
  if (!resources.limits.generic.empty()) {
    return invalid("TaskTemplate.Resources.Limits.GenericResources: generic resources can only be reserved");
  }
  if (resources.reservations.pids != 0) {
    return invalid("TaskTemplate.Resources.Reservations.Pids: processes can only be limited");
  }
  return {};
}

}  // namespace

Json service_document(const Service& service) {
  Json out = json::write(service);
  out["Endpoint"] = Json{{"Spec", Json{{"Mode", kEndpointMode}}}};
  return out;
}

Json service_document_with_defaults(Service service) {
  ContainerSpec& container = service.spec.task.container;
  if (!container.stop_grace_period) container.stop_grace_period = seconds(10);
  RestartPolicy& restart = service.spec.task.restart;
  if (!restart.delay) restart.delay = kDefaultRestartDelay;
  const bool is_job = service.spec.mode.replicated_job || service.spec.mode.global_job;
  for (auto* config : {&service.spec.update, &service.spec.rollback}) {
    if (is_job) continue;
    if (!*config) config->emplace();
    if (!(*config)->monitor) (*config)->monitor = seconds(5);
  }
  Json out = service_document(service);
  out["Spec"]["EndpointSpec"] = Json{{"Mode", kEndpointMode}};
  // Written by the rule of omitting what is empty, although they were filled in.
  Json& task = out["Spec"]["TaskTemplate"];
  if (!task.contains("Resources")) task["Resources"] = Json{{"Limits", Json::object()}, {"Reservations", Json::object()}};
  if (!task.contains("RestartPolicy")) task["RestartPolicy"] = json::write(restart);
  if (!task.contains("Placement")) task["Placement"] = Json::object();
  if (!task["ContainerSpec"].contains("DNSConfig")) task["ContainerSpec"]["DNSConfig"] = Json::object();
  return out;
}

Result<ServiceSpec> read_service_spec(const Json& in) {
  ServiceSpec spec;
  ES_CHECK(json::read(in, spec));
  ES_CHECK(check_mode(spec.mode));
  ES_CHECK(check_resources(spec.task.resources));
  return spec;
}

Json task_document(const Task& task) {
  Json out = json::write(task);
  out["Labels"] = Json::object();
  if (task.job_iteration != 0) out["JobIteration"] = Json{{"Index", task.job_iteration}};
  return out;
}

}  // namespace es::api
