#include "services/cli/call_options.h"
#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/human.h"
#include "services/cli/image_name.h"
#include "services/cli/progress/wait.h"
#include "services/cli/spec/edits.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

// `words` are the image and its arguments.
Result<Json> make_spec(const SpecEdits& edits, const std::vector<std::string>& words) {
  Json spec = edits.of_nothing();
  if (!spec.contains("Labels")) spec["Labels"] = Json::object();
  if (!spec.contains("Mode")) spec["Mode"] = Json{{"Replicated", Json::object()}};
  Json& container = spec["TaskTemplate"]["ContainerSpec"];
  const auto image = parse_image(words.front());
  if (!image.ok()) return invalid("IMAGE: \"" + words.front().substr(0, 128) + "\": " + image.error().message);
  container["Image"] = *image;
  if (words.size() > 1)
    container["Args"] = std::vector<std::string>(words.begin() + 1, words.end());
  return spec;
}

}  // namespace

Result<int> service_create(Call& call) {
  SpecEdits edits;
  WaitOptions options;
  bool is_accepted = false;
  std::vector<std::string> words;
  Syntax syntax(call, {"service create --name web --replicas 3 busybox httpd -f",
                       "service create --reserve-memory 64m --limit-memory 128m app",
                       "service create --mode global --constraint node.role==worker agent",
                       "service create --mount type=bind,source=/srv,target=/srv app"});
  edits.declare_create(syntax);
  options.declare(syntax);
  syntax.flag(is_accepted, "with-registry-auth",
              "Accepted and without effect: there are no registries yet");
  syntax.flag(is_accepted, "no-resolve-image",
              "Accepted and without effect: there are no registries yet");
  syntax.arguments(words, 1, SIZE_MAX);
  syntax.stop_at_first_argument();
  if (const auto code = syntax.parse()) return *code;

  const auto spec = make_spec(edits, words);
  if (!spec.ok()) return syntax.misuse(spec.error().message);

  Engine engine(call.socket_path);
  ES_TRY(const Json answer, engine.post("/services/create", *spec));
  const std::string id = text_at(answer, "/ID");
  for (const Json& warning : value_at(answer, "/Warnings"))
    call.console.err(one_line(text_of(warning)) + "\n");
  call.console.out(id + "\n");
  if (!options.detach) ES_CHECK(wait_until_converged(call.console, engine, id, options.quiet));
  return kDone;
}

}  // namespace es::cli
