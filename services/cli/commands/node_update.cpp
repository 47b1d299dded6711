#include "services/cli/change.h"
#include "services/cli/commands/all.h"
#include "services/cli/syntax.h"
#include "services/cli/values.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

struct NodeEdits {
  std::string availability;
  std::string role;
  std::vector<KeyValue> labels_added;
  std::vector<std::string> labels_removed;
};

Status edit_spec(const NodeEdits& edits, Json& spec) {
  if (!edits.availability.empty()) spec["Availability"] = edits.availability;
  if (!edits.role.empty()) spec["Role"] = edits.role;
  Json& labels = spec["Labels"];
  if (!labels.is_object()) labels = Json::object();
  for (const std::string& key : edits.labels_removed) {
    if (labels.erase(key) == 0) return not_found("the node has no label " + key);
  }
  for (const KeyValue& label : edits.labels_added) labels[label.key] = label.value;
  return {};
}

}  // namespace

Result<int> node_update(Call& call) {
  NodeEdits edits;
  std::vector<std::string> names;
  Syntax syntax(
      call, {"node update --availability drain pi-3", "node update --label-add rack=kitchen pi-3"});
  syntax.value("availability", "AVAILABILITY", "active, pause or drain",
               [&edits](const std::string& text) -> Status {
                 if (text != "active" && text != "pause" && text != "drain")
                   return invalid("it must be active, pause or drain");
                 edits.availability = text;
                 return {};
               });
  syntax.value("role", "ROLE", "worker or manager", [&edits](const std::string& text) -> Status {
    if (text != "worker" && text != "manager") return invalid("it must be worker or manager");
    edits.role = text;
    return {};
  });
  syntax.value("label-add", "KEY=VALUE", "Add or change a label",
               [&edits](const std::string& text) -> Status {
                 edits.labels_added.push_back(split_key_value(text));
                 return edits.labels_added.back().key.empty()
                            ? Status(invalid("a label is KEY=VALUE"))
                            : Status();
               });
  syntax.texts(edits.labels_removed, "label-rm", "KEY", "Remove a label");
  syntax.arguments(names, 1, 1);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  ES_CHECK(change_object(engine, "/nodes/" + path_part(names.front()),
                         [&](Json& node) { return edit_spec(edits, node["Spec"]); }));
  call.console.out(names.front() + "\n");
  return kDone;
}

}  // namespace es::cli
