#include "platform/linux/cgroup/tree.h"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <set>

#include "platform/linux/cgroup/limits.h"
#include "platform/linux/cgroup/small_file.h"

namespace es::cgroup {

namespace {

constexpr const char* kTaskControllers[] = {"cpu", "memory", "pids"};
constexpr int kDepthMax = 8;

// The number at the start of `text`; "max" and garbage are 0.
int64_t parse_number(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int64_t read_number(const std::string& path) {
  return parse_number(read_small_file(path).value_or("0"));
}

// The number behind `key` in a file of lines "key number".
int64_t read_keyed(const std::string& path, std::string_view key) {
  const std::string text = read_small_file(path).value_or("");
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ' ') {
      return parse_number(line.substr(key.size() + 1));
    }
    at = end + 1;
  }
  return 0;
}

std::set<std::string> folders_in(const std::string& path) {
  std::set<std::string> names;
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = readdir(directory)) {
    const std::string name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.insert(name);
  }
  closedir(directory);
  return names;
}

// A cgroup is removed with rmdir alone; its files are not real. What the task made below goes
// first.
Status remove_folders(const std::string& path, int depth) {
  if (depth < kDepthMax) {
    for (const std::string& name : folders_in(path))
      ES_CHECK(remove_folders(path + "/" + name, depth + 1));
  }
  if (rmdir(path.c_str()) == 0 || errno == ENOENT) return {};
  if (errno == EBUSY) return unavailable("processes are still in " + path);
  return system_error("cannot remove", path);
}

void kill_listed(const std::string& procs_file) {
  const std::string text = read_small_file(procs_file).value_or("");
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const auto pid = static_cast<pid_t>(parse_number(std::string_view(text).substr(at)));
    if (pid > 1) ::kill(pid, SIGKILL);
    if (text.find('\n', at) == std::string::npos) return;
  }
}

}  // namespace

Tree::Tree(Host host, std::string parent) : host_(std::move(host)), parent_(std::move(parent)) {}

std::string Tree::folder(const std::string& tree, const std::string& name) const {
  return tree + parent_ + (name.empty() ? "" : "/" + name);
}

std::string Tree::control(std::string_view controller, const std::string& name,
                          const char* file) const {
  const auto found = host_.controllers.find(controller);
  return found == host_.controllers.end() ? "" : folder(found->second, name) + "/" + file;
}

Status Tree::prepare(int64_t cpu_count) {
  switch (host_.layout) {
    case Layout::kNone:
      return {};
    case Layout::kV2:
      return prepare_v2(cpu_count);
    default:
      return prepare_v1(cpu_count);
  }
}

Status Tree::prepare_v1(int64_t cpu_count) const {
  for (const char* name : kTaskControllers) {
    if (!host_.has(name)) continue;
    ES_CHECK(make_folders(folder(host_.controllers.find(name)->second, ""), 0755));
  }
  if (!host_.has("cpu")) return {};
  return write_small_file(control("cpu", "", "cpu.shares"),
                          std::to_string(cpu_shares(cpu_count * kNanoPerCpu)));
}

Status Tree::pass_on(const std::string& path) const {
  for (const char* name : kTaskControllers) {
    if (host_.has(name))
      ES_CHECK(write_small_file(path + "/cgroup.subtree_control", std::string("+") + name));
  }
  return {};
}

Status Tree::prepare_v2(int64_t cpu_count) const {
  ES_CHECK(make_folders(folder(host_.unified, ""), 0755));
  // A controller reaches a cgroup when every one above it passes it on.
  std::string path = host_.unified;
  for (size_t slash = 0;;) {
    ES_CHECK(pass_on(path));
    if (slash == std::string::npos) break;
    slash = parent_.find('/', slash + 1);
    path = host_.unified + parent_.substr(0, slash);
  }
  if (!host_.has("cpu")) return {};
  return write_small_file(control("cpu", "", "cpu.weight"),
                          std::to_string(cpu_weight(cpu_count * kNanoPerCpu)));
}

bool Tree::swap_accounting() const {
  if (!host_.has("memory")) return false;
  return exists(
      control("memory", "", unified() ? "memory.swap.max" : "memory.memsw.limit_in_bytes"));
}

std::string Tree::oom_events_file(const std::string& name) const {
  return control("memory", name, unified() ? "memory.events" : "memory.oom_control");
}

void Tree::update_guarantee() const {
  if (!unified() || !host_.has("memory")) return;
  int64_t sum = 0;
  for (const std::string& name : folders_in(folder(host_.unified, ""))) {
    sum += read_number(control("memory", name, "memory.min"));
  }
  // A parent without this file, or a refusal, leaves the tasks without the guarantee but running.
  static_cast<void>(
      write_small_file(control("memory", "", "memory.min"), std::to_string(sum)).ok());
}

Result<Usage> Tree::usage(const std::string& name) const {
  Usage usage;
  bool found = false;
  const auto number = [&](const std::string& path) {
    found = found || exists(path);
    return read_number(path);
  };
  if (unified()) {
    usage.memory_bytes = number(control("memory", name, "memory.current")) -
                         read_keyed(control("memory", name, "memory.stat"), "inactive_file");
    usage.cpu_ns = read_keyed(folder(host_.unified, name) + "/cpu.stat", "usage_usec") * 1000;
  } else {
    usage.memory_bytes = number(control("memory", name, "memory.usage_in_bytes")) -
                         read_keyed(control("memory", name, "memory.stat"), "total_inactive_file");
    usage.cpu_ns = number(control("cpuacct", name, "cpuacct.usage"));
  }
  usage.pids = number(control("pids", name, "pids.current"));
  if (!found) return not_found("no cgroup " + task_path(name));
  usage.memory_bytes = std::max<int64_t>(usage.memory_bytes, 0);
  return usage;
}

void Tree::kill(const std::string& name) const {
  for (const std::string& tree : host_.trees) {
    const std::string path = folder(tree, name);
    // One write for all of it on v2 since Linux 5.14.
    if (tree == host_.unified && write_small_file(path + "/cgroup.kill", "1").ok()) continue;
    kill_listed(path + "/cgroup.procs");
  }
}

Status Tree::remove(const std::string& name) const {
  for (const std::string& tree : host_.trees) ES_CHECK(remove_folders(folder(tree, name), 0));
  return {};
}

}  // namespace es::cgroup
