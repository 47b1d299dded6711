#include "platform/linux/cgroup/host.h"

#include <set>
#include <vector>

#include "platform/linux/cgroup/small_file.h"

namespace es::cgroup {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    if (end != 0) parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

// Names in the last column 0 of /proc/cgroups: compiled in, but off.
std::set<std::string, std::less<>> disabled_controllers(std::string_view proc_cgroups) {
  std::set<std::string, std::less<>> names;
  for (const std::string& line : split(proc_cgroups, '\n')) {
    const std::vector<std::string> columns = split(line, '\t');
    if (columns.size() == 4 && columns[3] == "0") names.insert(columns[0]);
  }
  return names;
}

struct MountLine {
  std::string mount_point;
  std::string type;
  std::string super_options;
};

// "36 35 98:0 /root /mount/point rw,… optional… - type source super,options"
// (proc_pid_mountinfo(5)).
bool parse_mount(const std::string& line, MountLine& out) {
  const std::vector<std::string> words = split(line, ' ');
  for (size_t i = 6; i + 3 < words.size(); ++i) {
    if (words[i] != "-") continue;
    out = {words[4], words[i + 1], words[i + 3]};
    return true;
  }
  return false;
}

void read_unified_controllers(Host& host) {
  const auto text = read_small_file(host.unified + "/cgroup.controllers");
  if (!text.ok()) return;
  std::string names = *text;
  while (!names.empty() && names.back() == '\n') names.pop_back();
  if (host.layout == Layout::kHybrid) {
    if (!names.empty()) host.hidden_mount = host.unified;
    return;
  }
  for (const std::string& name : split(names, ' ')) host.controllers[name] = host.unified;
}

}  // namespace

Host detect(std::string_view mountinfo, std::string_view proc_cgroups) {
  Host host;
  const auto disabled = disabled_controllers(proc_cgroups);
  for (const std::string& line : split(mountinfo, '\n')) {
    MountLine mount;
    if (!parse_mount(line, mount)) continue;
    if (mount.type == "cgroup" || mount.type == "cgroup2") host.trees.insert(mount.mount_point);
    if (mount.type == "cgroup2") host.unified = mount.mount_point;
    if (mount.type != "cgroup") continue;
    for (const std::string& option : split(mount.super_options, ',')) {
      const bool is_controller =
          option != "rw" && option != "ro" && option.find('=') == std::string::npos;
      if (is_controller && !disabled.contains(option))
        host.controllers.emplace(option, mount.mount_point);
    }
  }
  const bool v1 = !host.controllers.empty();
  const bool v2 = !host.unified.empty();
  host.layout = v1 && v2 ? Layout::kHybrid : v1 ? Layout::kV1 : v2 ? Layout::kV2 : Layout::kNone;
  if (v2) read_unified_controllers(host);
  return host;
}

Host detect() {
  return detect(read_small_file("/proc/self/mountinfo", 1 << 20).value_or(""),
                read_small_file("/proc/cgroups").value_or(""));
}

std::string describe(const Host& host) {
  std::string text;
  switch (host.layout) {
    case Layout::kNone:
      return "no cgroups are mounted: limits and reservations cannot be enforced";
    case Layout::kV1:
      text = "cgroup v1";
      break;
    case Layout::kV2:
      text = "cgroup v2";
      break;
    case Layout::kHybrid:
      text = "cgroup v1 with a v2 tree beside it (hybrid)";
      break;
  }
  if (!host.hidden_mount.empty()) {
    text += "; crun cannot run beside " + host.hidden_mount +
            ", so it is started in a mount namespace without it";
  }
  for (const char* name : {"memory", "cpu", "pids"}) {
    if (!host.has(name))
      text += "; the " + std::string(name) + " controller is off, its limits are not enforced";
  }
  return text;
}

}  // namespace es::cgroup
