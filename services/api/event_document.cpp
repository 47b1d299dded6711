#include "services/api/event_document.h"

#include "services/json/write.h"

namespace es::api {

namespace {

template <class T>
std::string action_of(const state::Altered<T>& change) {
  if (change.created()) return "create";
  return change.removed() ? "remove" : "update";
}

// Notes both values where they differ.
void note(Labels& attributes, const std::string& name, const std::string& before, const std::string& after) {
  if (before == after) return;
  attributes[name + ".old"] = before;
  attributes[name + ".new"] = after;
}

std::string replicas_of(const Service& service) {
  const auto& mode = service.spec.mode.replicated;
  return mode ? std::to_string(mode->replicas.value_or(1)) : std::string();
}

std::string update_state_of(const Service& service) {
  return service.update_status ? std::string(to_string(service.update_status->state)) : std::string();
}

std::optional<DockerEvent> describe(const state::Altered<Service>& change) {
  const Service& service = change.object();
  DockerEvent event{"service", action_of(change), service.id.to_string(), {{"name", service.spec.name}}};
  if (!change.before || !change.after) return event;
  const Service& before = *change.before;
  note(event.attributes, "image", before.spec.task.container.image, service.spec.task.container.image);
  note(event.attributes, "replicas", replicas_of(before), replicas_of(service));
  note(event.attributes, "updatestate", update_state_of(before), update_state_of(service));
  return event;
}

std::optional<DockerEvent> describe(const state::Altered<Node>& change) {
  const Node& node = change.object();
  DockerEvent event{"node", action_of(change), node.id.to_string(), {{"name", node.description.hostname}}};
  if (!change.before || !change.after) return event;
  const NodeSpec& before = change.before->spec;
  note(event.attributes, "availability", std::string(to_string(before.availability)),
       std::string(to_string(node.spec.availability)));
  note(event.attributes, "role", std::string(to_string(before.role)), std::string(to_string(node.spec.role)));
  return event;
}

std::optional<DockerEvent> describe(const state::Altered<Cluster>&) { return std::nullopt; }
std::optional<DockerEvent> describe(const state::Altered<Task>&) { return std::nullopt; }

}  // namespace

std::optional<DockerEvent> docker_event(const state::Event& event) {
  return std::visit([](const auto& change) { return describe(change); }, event);
}

json::Json event_document(const DockerEvent& event, WallTime at) {
  return {{"Type", event.type},
          {"Action", event.action},
          {"Actor", json::Json{{"ID", event.id}, {"Attributes", json::write(event.attributes)}}},
          {"scope", "swarm"},
          {"time", at.ns / 1'000'000'000},
          {"timeNano", at.ns}};
}

}  // namespace es::api
