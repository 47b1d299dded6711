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

std::string mode_name(const Json& service) {
  const Json& mode = value_at(service, "/Spec/Mode");
  if (mode.contains("Global")) return "global";
  if (mode.contains("ReplicatedJob")) return "replicated job";
  if (mode.contains("GlobalJob")) return "global job";
  return "replicated";
}

// "3/3", "2/3 (max 1 per node)", "1/1 (5/10 completed)".
std::string replicas(const Json& service) {
  const auto number = [&service](const char* pointer) {
    return std::to_string(number_at(service, pointer));
  };
  std::string text =
      number("/ServiceStatus/RunningTasks") + "/" + number("/ServiceStatus/DesiredTasks");
  if (value_at(service, "/Spec/Mode").contains("ReplicatedJob")) {
    return text + " (" + number("/ServiceStatus/CompletedTasks") + "/" +
           number("/Spec/Mode/ReplicatedJob/TotalCompletions") + " completed)";
  }
  const int64_t max_per_node = number_at(service, "/Spec/TaskTemplate/Placement/MaxReplicas");
  return max_per_node == 0 ? text : text + " (max " + std::to_string(max_per_node) + " per node)";
}

std::vector<Json> sorted_by_name(const Json& services) {
  std::vector<Json> sorted(services.begin(), services.end());
  std::ranges::stable_sort(sorted, [](const Json& a, const Json& b) {
    return natural_less(text_at(a, "/Spec/Name"), text_at(b, "/Spec/Name"));
  });
  return sorted;
}

}  // namespace

Result<int> service_ls(Call& call) {
  ListOptions options;
  Syntax syntax(call, {"service ls", "service ls --filter name=web",
                       "service ls --format '{{.Name}} {{.Replicas}}'"});
  options.declare(syntax);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  ES_TRY(const Json services,
         engine.get("/services" +
                    query({{"status", "true"}, {"filters", filters_document(options.filters)}})));
  Listing listing;
  listing.columns = {{"ID", "ID"},
                     {"Name", "NAME", true, 12},
                     {"Mode", "MODE"},
                     {"Replicas", "REPLICAS"},
                     {"Image", "IMAGE", true, 12},
                     {"Ports", "PORTS"}};
  std::string ids;
  for (const Json& service : sorted_by_name(services)) {
    const std::string id = short_id(text_at(service, "/ID"));
    const std::string image = text_at(service, "/Spec/TaskTemplate/ContainerSpec/Image");
    ids += id + "\n";
    listing.rows.push_back({id, text_at(service, "/Spec/Name"), mode_name(service),
                            replicas(service), image.substr(0, image.find('@')), ""});
  }
  if (options.quiet)
    call.console.out(ids);
  else
    ES_CHECK(listing.print(call.console, options.format));
  return kDone;
}

}  // namespace es::cli
