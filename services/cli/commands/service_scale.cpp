#include <algorithm>

#include "services/cli/call_options.h"
#include "services/cli/change.h"
#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/each.h"
#include "services/cli/human.h"
#include "services/cli/progress/wait.h"
#include "services/cli/values.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

struct Wish {
  std::string service;
  uint64_t replicas = 0;
};

// Docker's rule for what a number means to each mode.
Status set_replicas(Json& service, const Wish& wish) {
  Json& mode = service["Spec"]["Mode"];
  if (mode.contains("Replicated"))
    mode["Replicated"]["Replicas"] = wish.replicas;
  else if (mode.contains("ReplicatedJob"))
    mode["ReplicatedJob"]["TotalCompletions"] = wish.replicas;
  else
    return invalid(wish.service +
                   ": scale can only be used with replicated or replicated-job mode");
  return {};
}

Result<std::vector<Wish>> read_wishes(const std::vector<std::string>& words) {
  std::vector<Wish> wishes;
  for (const std::string& word : words) {
    const KeyValue pair = split_key_value(word);
    if (pair.key.empty() || !pair.has_value)
      return invalid("\"" + word + "\" is not SERVICE=REPLICAS");
    const auto count = parse_count(pair.value);
    if (!count.ok()) return invalid("\"" + word + "\": " + count.error().message);
    wishes.push_back({pair.key, *count});
  }
  return wishes;
}

}  // namespace

Result<int> service_scale(Call& call) {
  WaitOptions options;
  std::vector<std::string> words;
  Syntax syntax(call, {"service scale web=5", "service scale web=5 db=1"});
  options.declare(syntax);
  syntax.arguments(words, 1, SIZE_MAX);
  if (const auto code = syntax.parse()) return *code;
  const auto wishes = read_wishes(words);
  if (!wishes.ok()) return syntax.misuse(wishes.error().message);

  Engine engine(call.socket_path);
  std::vector<std::string> scaled;
  std::vector<std::string> names;
  for (const Wish& wish : *wishes) names.push_back(wish.service);
  const int code = for_each_name(call.console, names, [&](const std::string& name) -> Status {
    const Wish& wish = *std::ranges::find(*wishes, name, &Wish::service);
    ES_TRY(const Changed changed,
           change_object(engine, "/services/" + path_part(name),
                         [&](Json& service) { return set_replicas(service, wish); }));
    for (const std::string& warning : changed.warnings) call.console.err(one_line(warning) + "\n");
    call.console.out(name + " scaled to " + std::to_string(wish.replicas) + "\n");
    scaled.push_back(changed.id);
    return {};
  });
  for (const std::string& id : scaled) {
    if (!options.detach) ES_CHECK(wait_until_converged(call.console, engine, id, options.quiet));
  }
  return code;
}

}  // namespace es::cli
