// /networks

#include "services/api/networks.h"

#include <array>

#include "services/api/filters.h"
#include "services/api/routes.h"

namespace es::api {

namespace {

// A predefined network is the same on every node; its name serves as its id.
struct Predefined {
  std::string_view name;
  std::string_view driver;
};
constexpr std::array kPredefined{Predefined{"host", "host"}, Predefined{"none", "null"}};

// Docker lists them as local and finds them in the scope of the swarm as well.
Json network_document(const Predefined& network, bool in_swarm) {
  return Json{{"Name", network.name},
              {"Id", network.name},
              {"Created", "0001-01-01T00:00:00Z"},
              {"Scope", in_swarm ? "swarm" : "local"},
              {"Driver", network.driver},
              {"EnableIPv6", false},
              {"IPAM", Json{{"Driver", "default"}, {"Options", nullptr}, {"Config", Json::array()}}},
              {"Internal", false},
              {"Attachable", false},
              {"Ingress", false},
              {"ConfigFrom", Json{{"Network", ""}}},
              {"ConfigOnly", false},
              {"Containers", Json::object()},
              {"Options", Json::object()},
              {"Labels", Json::object()}};
}

void list_networks(const CallPtr& call) {
  ES_REPLY_TRY(const Filters filters, call,
               Filters::parse(call->query("filters"), {"name", "id", "driver", "scope", "type", "label", "dangling"}));
  Json list = Json::array();
  for (const Predefined& network : kPredefined) {
    // Docker matches any part of the name, and labels that a predefined network does not have.
    bool has_name = !filters.has("name");
    for (const std::string& part : filters.values("name")) {
      has_name = has_name || network.name.find(part) != std::string_view::npos;
    }
    if (has_name && filters.is_any_prefix("id", network.name) && filters.is_any("driver", network.driver) &&
        filters.is_any("scope", "local") && filters.is_any("type", "builtin") && !filters.has("label")) {
      list.push_back(network_document(network, false));
    }
  }
  call->reply(list);
}

void inspect_network(const CallPtr& call) {
  for (const Predefined& network : kPredefined) {
    if (network.name == call->argument(0)) return call->reply(network_document(network, call->query("scope") == "swarm"));
  }
  call->fail(not_found("network " + call->argument(0).substr(0, 128) + " not found"));
}

void refuse_network(const CallPtr& call) {
  call->fail({Errc::kUnsupported, "networks of your own are not supported yet; services can use --network host or none"});
}

constexpr std::array kNetworkRoutes{
    Route{"GET", "/networks", Access::kAnyone, list_networks},
    Route{"GET", "/networks/{}", Access::kAnyone, inspect_network},
    Route{"POST", "/networks/create", Access::kAnyone, refuse_network},
};

}  // namespace

std::optional<std::string> predefined_network(std::string_view name_or_id) {
  for (const Predefined& network : kPredefined) {
    if (network.name == name_or_id) return std::string(network.name);
  }
  return std::nullopt;
}

std::span<const Route> network_routes() { return kNetworkRoutes; }

}  // namespace es::api
