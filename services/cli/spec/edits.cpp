#include "services/cli/spec/edits.h"

#include "services/cli/image_name.h"
#include "services/cli/values.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

Status set_image(Json& spec, const std::string& text) {
  if (text.empty()) return invalid("the image's name is empty");
  ES_TRY(spec["TaskTemplate"]["ContainerSpec"]["Image"], parse_image(text));
  return {};
}

Status set_args(Json& spec, const std::string& text) {
  ES_TRY(spec["TaskTemplate"]["ContainerSpec"]["Args"], split_words(text));
  return {};
}

// A specification that differs only here makes new tasks all the same.
Status force_update(Json& spec, const std::string& text) {
  ES_TRY(const bool force, parse_bool(text));
  Json& count = spec["TaskTemplate"]["ForceUpdate"];
  if (force) count = (count.is_number() ? count.get<uint64_t>() : 0) + 1;
  return {};
}

Status set_name(Json& spec, const std::string& text) {
  spec["Name"] = text;
  return {};
}

}  // namespace

SpecEdits::SpecEdits() : scratch_(std::make_unique<Json>(Json::object())) {}
SpecEdits::~SpecEdits() = default;

void SpecEdits::declare(Syntax& syntax, const SpecFlag& flag) {
  const auto take = [this, apply = flag.apply](const std::string& text) -> Status {
    ES_CHECK(apply(*scratch_, text));
    edits_.push_back({apply, text});
    return {};
  };
  if (flag.word.empty())
    syntax.toggle(flag.names, flag.help, take);
  else
    syntax.value(flag.names, flag.word, flag.help, take);
}

void SpecEdits::declare_common(Syntax& syntax) {
  for (const auto& table :
       {container_flags(), resource_flags(), scheduling_flags(), update_config_flags()}) {
    for (const SpecFlag& flag : table) declare(syntax, flag);
  }
}

void SpecEdits::declare_create(Syntax& syntax) {
  declare(syntax, {"name", "NAME", "The service's name", set_name});
  declare(syntax,
          {"mode", "MODE", "replicated, global, replicated-job or global-job (default replicated)",
           set_mode});
  declare_common(syntax);
  for (const SpecListFlag& flag : list_flags()) {
    const std::string names =
        (flag.letter == 0 ? "" : std::string(1, flag.letter) + ",") + std::string(flag.name);
    declare(syntax, {names, flag.word, "Add " + std::string(flag.noun), flag.add});
  }
  for (const LaterFlag& flag : later_create_flags()) syntax.refuse(flag.names, flag.why);
}

void SpecEdits::declare_update(Syntax& syntax) {
  declare(syntax, {"image", "IMAGE", "The new image", set_image});
  declare(syntax, {"args", "COMMAND", "The new arguments, as one text", set_args});
  declare(syntax, {"force", "", "Make new tasks even if nothing has changed", force_update});
  declare_common(syntax);
  for (const SpecListFlag& flag : list_flags()) {
    if (flag.remove == nullptr) continue;
    const std::string name(flag.name);
    declare(syntax,
            {name + "-rm", flag.remove_word, "Remove " + std::string(flag.noun), flag.remove});
    declare(syntax,
            {name + "-add", flag.word, "Add or change " + std::string(flag.noun), flag.add});
  }
  for (const LaterFlag& flag : later_update_flags()) syntax.refuse(flag.names, flag.why);
}

Status SpecEdits::apply(Json& spec) const {
  for (const Edit& edit : edits_) ES_CHECK(edit.apply(spec, edit.text));
  return {};
}

}  // namespace es::cli
