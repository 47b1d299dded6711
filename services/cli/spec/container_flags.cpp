#include <algorithm>
#include <array>

#include "services/cli/spec/flag.h"
#include "services/cli/values.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

Json& container(Json& spec) { return spec["TaskTemplate"]["ContainerSpec"]; }

Status set_bool(Json& member, const std::string& text) {
  ES_TRY(member, parse_bool(text));
  return {};
}

// "net_admin" and "CAP_NET_ADMIN" are the same.
std::string capability_name(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text == "ALL" || text.starts_with("CAP_") ? text : "CAP_" + text;
}

void erase_from(Json& holder, const char* member, const std::string& value) {
  const auto list = holder.find(member);
  if (list == holder.end() || !list->is_array()) return;
  auto& elements = list->get_ref<Json::array_t&>();
  std::erase_if(elements, [&](const Json& one) { return one == value; });
}

// What was said last counts.
Status move_capability(Json& spec, const std::string& text, const char* to, const char* from) {
  const std::string name = capability_name(text);
  Json& holder = container(spec);
  erase_from(holder, from, name);
  erase_from(holder, to, name);
  holder[to].push_back(name);
  return {};
}

constexpr std::array kContainerFlags{
    SpecFlag{"hostname", "NAME", "The container's host name",
             [](Json& spec, const std::string& text) -> Status {
               container(spec)["Hostname"] = text;
               return {};
             }},
    SpecFlag{"u,user", "USER", "User name or number, or user:group",
             [](Json& spec, const std::string& text) -> Status {
               container(spec)["User"] = text;
               return {};
             }},
    SpecFlag{"w,workdir", "DIR", "The working directory in the container",
             [](Json& spec, const std::string& text) -> Status {
               container(spec)["Dir"] = text;
               return {};
             }},
    SpecFlag{"entrypoint", "COMMAND", "Instead of the image's entrypoint",
             [](Json& spec, const std::string& text) -> Status {
               ES_TRY(container(spec)["Command"], split_words(text));
               return {};
             }},
    SpecFlag{
        "t,tty", "", "Give the container a terminal",
        [](Json& spec, const std::string& text) { return set_bool(container(spec)["TTY"], text); }},
    SpecFlag{"init", "", "Run an init that forwards signals and reaps processes",
             [](Json& spec, const std::string& text) {
               return set_bool(container(spec)["Init"], text);
             }},
    SpecFlag{"read-only", "", "Mount the container's root file system read-only",
             [](Json& spec, const std::string& text) {
               return set_bool(container(spec)["ReadOnly"], text);
             }},
    SpecFlag{"stop-grace-period", "DURATION",
             "Time between the signal to stop and SIGKILL (default 10s)",
             [](Json& spec, const std::string& text) -> Status {
               ES_TRY(const Duration period, parse_duration(text));
               container(spec)["StopGracePeriod"] = period.ns;
               return {};
             }},
    SpecFlag{"stop-signal", "SIGNAL", "The signal that stops the container",
             [](Json& spec, const std::string& text) -> Status {
               container(spec)["StopSignal"] = text;
               return {};
             }},
    SpecFlag{"oom-score-adj", "N", "Who is killed first when memory runs out (-1000 to 1000)",
             [](Json& spec, const std::string& text) -> Status {
               ES_TRY(const int64_t score, parse_integer(text));
               if (score < -1000 || score > 1000)
                 return invalid("it must be between -1000 and 1000");
               container(spec)["OomScoreAdj"] = score;
               return {};
             }},
    SpecFlag{"cap-add", "CAPABILITY", "Add a Linux capability",
             [](Json& spec, const std::string& text) {
               return move_capability(spec, text, "CapabilityAdd", "CapabilityDrop");
             }},
    SpecFlag{"cap-drop", "CAPABILITY", "Drop a Linux capability",
             [](Json& spec, const std::string& text) {
               return move_capability(spec, text, "CapabilityDrop", "CapabilityAdd");
             }},
};

}  // namespace

std::span<const SpecFlag> container_flags() { return kContainerFlags; }

}  // namespace es::cli
