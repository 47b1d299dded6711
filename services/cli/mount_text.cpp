#include "services/cli/mount_text.h"

#include <charconv>

#include "services/cli/values.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

using json::Json;

// "1777" or "0755": octal, as chmod takes it.
Result<uint32_t> parse_mode(std::string_view text) {
  uint32_t mode = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (text.empty() || code != std::errc() || end != text.data() + text.size() || mode > 07777) {
    return invalid("tmpfs-mode must be an octal number, for example 1777");
  }
  return mode;
}

Status read_flag(const KeyValue& field, Json& out) {
  const auto value = field.has_value ? parse_bool(field.value) : Result<bool>(true);
  if (!value.ok()) return invalid(field.key + ": " + value.error().message);
  out = *value;
  return {};
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (text == name) return true;
  }
  return false;
}

Status read_field(const KeyValue& field, Json& mount) {
  if (is_one_of(field.key, {"readonly", "ro"})) return read_flag(field, mount["ReadOnly"]);
  if (!field.has_value)
    return invalid("invalid field '" + field.key + "' must be a key=value pair");
  if (field.key == "type") {
    if (!is_one_of(field.value, {"bind", "tmpfs", "volume"})) {
      return invalid("there is no mount of type '" + field.value +
                     "'; there are bind, tmpfs and volume");
    }
    mount["Type"] = field.value;
  } else if (is_one_of(field.key, {"source", "src"})) {
    mount["Source"] = field.value;
  } else if (is_one_of(field.key, {"target", "dst", "destination"})) {
    mount["Target"] = field.value;
  } else if (field.key == "bind-propagation") {
    if (!is_one_of(field.value, {"rprivate", "private", "rshared", "shared", "rslave", "slave"})) {
      return invalid(
          "bind-propagation must be rprivate, private, rshared, shared, rslave or slave");
    }
    mount["BindOptions"]["Propagation"] = field.value;
  } else if (field.key == "tmpfs-size") {
    ES_TRY(mount["TmpfsOptions"]["SizeBytes"], parse_size(field.value));
  } else if (field.key == "tmpfs-mode") {
    ES_TRY(mount["TmpfsOptions"]["Mode"], parse_mode(field.value));
  } else if (field.key != "consistency") {  // of Docker Desktop only
    const bool is_dockers = field.key.starts_with("volume-") || field.key.starts_with("bind-") ||
                            field.key == "image-subpath";
    if (is_dockers)
      return Error{Errc::kUnsupported, "the mount option " + field.key + " is not supported yet"};
    return invalid("unexpected key '" + field.key + "' in '" + field.key + "=" + field.value + "'");
  }
  return {};
}

// What belongs together, whatever the order in which it was said.
Status check(const Json& mount) {
  const std::string type = mount["Type"];
  if (!mount.contains("Target")) return invalid("target is required");
  if (type == "bind" && !mount.contains("Source"))
    return invalid("source is required when type=bind");
  if (type == "tmpfs" && mount.contains("Source"))
    return invalid("a mount of type tmpfs has no source");
  if (type != "bind" && mount.contains("BindOptions"))
    return invalid("cannot mix 'bind-*' options with mount type '" + type + "'");
  if (type != "tmpfs" && mount.contains("TmpfsOptions")) {
    return invalid("cannot mix 'tmpfs-*' options with mount type '" + type + "'");
  }
  return {};
}

}  // namespace

Result<Json> parse_mount(std::string_view text) {
  ES_TRY(const auto fields, split_csv(text));
  Json mount{{"Type", "volume"}};  // Docker's default
  for (const std::string& field : fields) {
    KeyValue pair = split_key_value(field);
    for (char& c : pair.key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    ES_CHECK(read_field(pair, mount));
  }
  ES_CHECK(check(mount));
  return mount;
}

}  // namespace es::cli
