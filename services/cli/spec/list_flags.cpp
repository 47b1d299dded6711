#include <algorithm>
#include <array>
#include <functional>

#include "services/cli/mount_text.h"
#include "services/cli/spec/flag.h"
#include "services/cli/values.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

Json& container(Json& spec) { return spec["TaskTemplate"]["ContainerSpec"]; }
Json& placement(Json& spec) { return spec["TaskTemplate"]["Placement"]; }

// Members that stand for the same thing as `value` go; `value` comes last.
using SameThing = std::function<bool(const Json& element)>;

void remove_from(Json& list, const SameThing& is_same) {
  if (list.is_array()) std::erase_if(list.get_ref<Json::array_t&>(), is_same);
}

void replace_in(Json& list, const SameThing& is_same, Json value) {
  if (list.is_array()) {
    const auto same = std::ranges::find_if(list, is_same);
    if (same != list.end()) {
      *same = std::move(value);
      return;
    }
  }
  list.push_back(std::move(value));
}

SameThing is_equal(const std::string& text) {
  return [text](const Json& element) { return element == text; };
}

// "KEY=…" of the same KEY.
SameThing has_key(const std::string& key) {
  return [key](const Json& element) {
    return element.is_string() && split_key_value(element.get<std::string>()).key == key;
  };
}

SameThing has_member(const char* name, const std::string& value) {
  return [name, value](const Json& element) {
    return element.is_object() && element.contains(name) && element[name] == value;
  };
}

Status put_label(Json& labels, const std::string& text) {
  const KeyValue label = split_key_value(text);
  if (label.key.empty()) return invalid("a label is KEY=VALUE");
  labels[label.key] = label.value;
  return {};
}

Status drop_member(Json& object, const std::string& key) {
  if (object.is_object()) object.erase(key);
  return {};
}

Status add_env(Json& spec, const std::string& text) {
  if (split_key_value(text).key.empty())
    return invalid("a variable is KEY=VALUE, or KEY for the value that it has here");
  for (const std::string& variable : resolve_env(text)) {
    replace_in(container(spec)["Env"], has_key(split_key_value(variable).key), variable);
  }
  return {};
}

Status add_env_file(Json& spec, const std::string& path) {
  ES_TRY(const auto variables, read_env_file(path));
  for (const std::string& variable : variables) ES_CHECK(add_env(spec, variable));
  return {};
}

Status add_constraint(Json& spec, const std::string& text) {
  if (text.find("==") == std::string::npos && text.find("!=") == std::string::npos) {
    return invalid("a constraint is KEY==VALUE or KEY!=VALUE, for example node.role==worker");
  }
  replace_in(placement(spec)["Constraints"], is_equal(text), text);
  return {};
}

Result<std::string> spread_descriptor(const std::string& text) {
  const KeyValue preference = split_key_value(text);
  if (preference.key != "spread" || preference.value.empty()) {
    return invalid("a preference is spread=LABEL, for example spread=node.labels.rack");
  }
  return preference.value;
}

SameThing spreads_over(const std::string& descriptor) {
  return [descriptor](const Json& element) {
    return element.value("/Spread/SpreadDescriptor"_json_pointer, "") == descriptor;
  };
}

Status add_preference(Json& spec, const std::string& text) {
  ES_TRY(const std::string descriptor, spread_descriptor(text));
  replace_in(placement(spec)["Preferences"], spreads_over(descriptor),
             Json{{"Spread", {{"SpreadDescriptor", descriptor}}}});
  return {};
}

Status remove_preference(Json& spec, const std::string& text) {
  ES_TRY(const std::string descriptor, spread_descriptor(text));
  remove_from(placement(spec)["Preferences"], spreads_over(descriptor));
  return {};
}

Status add_mount(Json& spec, const std::string& text) {
  ES_TRY(Json mount, parse_mount(text));
  const std::string target = mount["Target"];
  replace_in(container(spec)["Mounts"], has_member("Target", target), std::move(mount));
  return {};
}

// "host", or "name=host,alias=web".
Status add_network(Json& spec, const std::string& text) {
  ES_TRY(const auto fields, split_csv(text));
  Json network = Json::object();
  for (const std::string& field : fields) {
    const KeyValue pair = split_key_value(field);
    if (!pair.has_value || pair.key == "name")
      network["Target"] = pair.has_value ? pair.value : pair.key;
    else if (pair.key == "alias")
      network["Aliases"].push_back(pair.value);
    else
      return invalid("a network is NAME, or name=NAME,alias=ALIAS");
  }
  const std::string target = network.value("Target", "");
  if (target.empty()) return invalid("a network needs a name; there are host and none so far");
  replace_in(spec["TaskTemplate"]["Networks"], has_member("Target", target), std::move(network));
  return {};
}

// Docker's flag is name:ip, its document is "ip name".
Result<std::string> host_entry(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
    return invalid("a host is NAME:IP");
  return text.substr(colon + 1) + " " + text.substr(0, colon);
}

Status add_host(Json& spec, const std::string& text) {
  ES_TRY(const std::string entry, host_entry(text));
  replace_in(container(spec)["Hosts"], is_equal(entry), entry);
  return {};
}

Status remove_host(Json& spec, const std::string& text) {
  const size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const std::string ip = colon == std::string::npos ? "" : text.substr(colon + 1);
  remove_from(container(spec)["Hosts"], [&](const Json& element) {
    if (!element.is_string()) return false;
    const std::string entry = element;
    return ip.empty() ? entry.ends_with(" " + name) : entry == ip + " " + name;
  });
  return {};
}

// "nofile=1024" or "nofile=1024:4096".
Status add_ulimit(Json& spec, const std::string& text) {
  const KeyValue limit = split_key_value(text);
  const size_t colon = limit.value.find(':');
  const std::string soft_text = limit.value.substr(0, colon);
  const std::string hard_text =
      colon == std::string::npos ? soft_text : limit.value.substr(colon + 1);
  const auto soft = parse_integer(soft_text);
  const auto hard = parse_integer(hard_text);
  if (limit.key.empty() || !soft.ok() || !hard.ok())
    return invalid("a limit is NAME=SOFT or NAME=SOFT:HARD, for example nofile=1024:4096");
  if (*hard != -1 && (*soft > *hard || *soft == -1))
    return invalid("the soft limit must not be above the hard limit");
  replace_in(container(spec)["Ulimits"], has_member("Name", limit.key),
             Json{{"Name", limit.key}, {"Soft", *soft}, {"Hard", *hard}});
  return {};
}

Status add_sysctl(Json& spec, const std::string& text) {
  const KeyValue setting = split_key_value(text);
  if (setting.key.empty() || !setting.has_value) return invalid("a kernel setting is KEY=VALUE");
  container(spec)["Sysctls"][setting.key] = setting.value;
  return {};
}

constexpr std::array kListFlags{
    SpecListFlag{
        "label", 'l', "KEY=VALUE", "a label of the service", "KEY",
        [](Json& spec, const std::string& text) { return put_label(spec["Labels"], text); },
        [](Json& spec, const std::string& key) { return drop_member(spec["Labels"], key); }},
    SpecListFlag{"container-label", 0, "KEY=VALUE", "a label of the containers", "KEY",
                 [](Json& spec, const std::string& text) {
                   return put_label(container(spec)["Labels"], text);
                 },
                 [](Json& spec, const std::string& key) {
                   return drop_member(container(spec)["Labels"], key);
                 }},
    SpecListFlag{"env-file", 0, "FILE", "environment variables from a file", "", add_env_file,
                 nullptr},
    SpecListFlag{"env", 'e', "KEY=VALUE", "an environment variable", "KEY", add_env,
                 [](Json& spec, const std::string& key) -> Status {
                   remove_from(container(spec)["Env"], has_key(key));
                   return {};
                 }},
    SpecListFlag{"constraint", 0, "KEY==VALUE",
                 "a constraint on nodes, for example node.role==worker", "CONSTRAINT",
                 add_constraint,
                 [](Json& spec, const std::string& text) -> Status {
                   remove_from(placement(spec)["Constraints"], is_equal(text));
                   return {};
                 }},
    SpecListFlag{"placement-pref", 0, "spread=LABEL", "a label over whose values tasks are spread",
                 "spread=LABEL", add_preference, remove_preference},
    SpecListFlag{"mount", 0, "MOUNT",
                 "a mount, for example type=bind,source=/srv,target=/data,readonly", "TARGET",
                 add_mount,
                 [](Json& spec, const std::string& target) -> Status {
                   remove_from(container(spec)["Mounts"], has_member("Target", target));
                   return {};
                 }},
    SpecListFlag{"network", 0, "NAME", "a network: host or none, so far", "NAME", add_network,
                 [](Json& spec, const std::string& name) -> Status {
                   remove_from(spec["TaskTemplate"]["Networks"], has_member("Target", name));
                   return {};
                 }},
    SpecListFlag{"host", 0, "NAME:IP", "a line of /etc/hosts", "NAME[:IP]", add_host, remove_host},
    SpecListFlag{"group", 0, "GROUP", "a supplementary group", "GROUP",
                 [](Json& spec, const std::string& group) -> Status {
                   replace_in(container(spec)["Groups"], is_equal(group), group);
                   return {};
                 },
                 [](Json& spec, const std::string& group) -> Status {
                   remove_from(container(spec)["Groups"], is_equal(group));
                   return {};
                 }},
    SpecListFlag{"sysctl", 0, "KEY=VALUE", "a kernel setting of the container's namespaces", "KEY",
                 add_sysctl,
                 [](Json& spec, const std::string& key) {
                   return drop_member(container(spec)["Sysctls"], key);
                 }},
    SpecListFlag{"ulimit", 0, "NAME=SOFT[:HARD]",
                 "a limit of its processes, for example nofile=1024:4096", "NAME", add_ulimit,
                 [](Json& spec, const std::string& name) -> Status {
                   remove_from(container(spec)["Ulimits"], has_member("Name", name));
                   return {};
                 }},
};

}  // namespace

std::span<const SpecListFlag> list_flags() { return kListFlags; }

}  // namespace es::cli
