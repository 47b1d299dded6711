#include "services/api/documents.h"
#include "services/api/shapes.h"

namespace es::json {

template <>
struct Shape<NodeSpec> {
  static constexpr std::array<std::string_view, 3> kAlways{"Labels", "Role", "Availability"};
};

}  // namespace es::json

namespace es::api {

namespace {

Json description_document(const NodeDescription& description, const Json& tls_info) {
  Json engine{{"EngineVersion", description.engine_version}};
  if (!description.engine_labels.empty()) engine["Labels"] = json::write(description.engine_labels);
  engine["Plugins"] = Json::array();
  Json out{{"Hostname", description.hostname},
           {"Platform", Json{{"Architecture", machine_name(description.platform)}, {"OS", description.platform.os}}},
           {"Resources", json::write(description.resources)},
           {"Engine", std::move(engine)}};
  if (!tls_info.is_null()) out["TLSInfo"] = tls_info;
  return out;
}

}  // namespace

std::string machine_name(const Platform& platform) {
  if (platform.architecture == "amd64") return "x86_64";
  if (platform.architecture == "arm64") return "aarch64";
  if (platform.architecture == "arm" && !platform.variant.empty()) return "arm" + platform.variant + "l";
  return platform.architecture;
}

Json node_document(const Node& node, const NodeView& view) {
  Json out{{"ID", node.id.to_string()}};
  out.update(json::write(node.meta));
  out["Spec"] = json::write(node.spec);
  out["Description"] = description_document(node.description, view.tls_info);
  out["Status"] = Json{{"State", std::string(to_string(view.state))}, {"Addr", node.address.ip}};
  if (!view.message.empty()) out["Status"]["Message"] = view.message;
  if (node.manager) {
    Json manager = Json::object();
    if (view.is_leader) manager["Leader"] = true;
    manager["Reachability"] = view.is_reachable ? "reachable" : "unreachable";
    manager["Addr"] = node.address.to_string();
    out["ManagerStatus"] = std::move(manager);
  }
  return out;
}

// Docker wants both said: an update replaces the whole specification.
Result<NodeSpec> read_node_spec(const Json& in) {
  NodeSpec spec;
  ES_CHECK(json::read(in, spec));
  if (!in.contains("Role") || in["Role"] == "") return invalid("invalid Role: \"\"");
  if (!in.contains("Availability") || in["Availability"] == "") return invalid("invalid Availability: \"\"");
  return spec;
}

}  // namespace es::api
