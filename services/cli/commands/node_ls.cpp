#include <algorithm>

#include "services/cli/call_options.h"
#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/human.h"
#include "services/cli/listing.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

constexpr int kColumnsForWholeIds = 100;

std::string manager_status(const Json& node) {
  const Json& manager = value_at(node, "/ManagerStatus");
  if (manager.is_null()) return {};
  return flag_at(manager, "/Leader") ? "Leader" : capitalized(text_at(manager, "/Reachability"));
}

std::vector<Json> sorted_by_hostname(const Json& nodes) {
  std::vector<Json> sorted(nodes.begin(), nodes.end());
  std::ranges::stable_sort(sorted, [](const Json& a, const Json& b) {
    return natural_less(text_at(a, "/Description/Hostname"), text_at(b, "/Description/Hostname"));
  });
  return sorted;
}

}  // namespace

Result<int> node_ls(Call& call) {
  ListOptions options;
  Syntax syntax(call, {"node ls", "node ls --filter role=manager",
                       "node ls --format '{{.Hostname}} {{.Status}}'"});
  options.declare(syntax);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  ES_TRY(const Json nodes,
         engine.get("/nodes" + query({{"filters", filters_document(options.filters)}})));
  ES_TRY(const Json info, engine.get("/info"));
  const std::string self = text_at(info, "/Swarm/NodeID");
  // Ids are shown whole, as Docker shows them, where there is room.
  const bool is_table = options.format.empty() || options.format.starts_with("table");
  const bool is_narrow =
      is_table && call.console.is_terminal && call.console.columns < kColumnsForWholeIds;
  Listing listing;
  listing.columns = {{"ID", "ID", false},
                     {"MarkedID", "ID"},
                     {"Hostname", "HOSTNAME", true, 10},
                     {"Status", "STATUS"},
                     {"Availability", "AVAILABILITY"},
                     {"ManagerStatus", "MANAGER STATUS"},
                     {"EngineVersion", "ENGINE VERSION"},
                     {"Self", "SELF", false}};
  std::string ids;
  for (const Json& node : sorted_by_hostname(nodes)) {
    const std::string id = text_at(node, "/ID");
    const std::string shown = is_narrow ? short_id(id) : id;
    ids += id + "\n";
    listing.rows.push_back(
        {id, shown + (id == self ? " *" : "  "), text_at(node, "/Description/Hostname"),
         capitalized(text_at(node, "/Status/State")),
         capitalized(text_at(node, "/Spec/Availability")), manager_status(node),
         text_at(node, "/Description/Engine/EngineVersion"), id == self ? "true" : "false"});
  }
  if (options.quiet)
    call.console.out(ids);
  else
    ES_CHECK(listing.print(call.console, options.format));
  return kDone;
}

}  // namespace es::cli
