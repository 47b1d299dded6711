#pragma once
// Changes of the tables as the events of Docker's API (scope "swarm"): services and nodes; a task has no events of its own there.

#include <optional>
#include <string>

#include "core/model/meta.h"
#include "core/state/event.h"
#include "services/json/json.h"

namespace es::api {

struct DockerEvent {
  std::string type;    // "service", "node"
  std::string action;  // "create", "update", "remove"
  std::string id;
  Labels attributes;   // "name", and "replicas.new" and the like for what changed
};

// Nothing for a change that Docker does not tell of.
std::optional<DockerEvent> docker_event(const state::Event& event);

json::Json event_document(const DockerEvent& event, WallTime at);

}  // namespace es::api
