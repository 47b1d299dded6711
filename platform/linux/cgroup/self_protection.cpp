#include "platform/linux/cgroup/self_protection.h"

#include <charconv>

#include "platform/linux/cgroup/small_file.h"

namespace es::cgroup {

namespace {

// "0::/system.slice/edgeswarm.service" -> "/system.slice/edgeswarm.service"; empty at the root.
std::string own_path(const std::string& proc_self) {
  const std::string text = read_small_file(proc_self + "/cgroup").value_or("");
  const size_t begin = text.find("0::/");
  if (begin == std::string::npos) return "";
  const std::string path = text.substr(begin + 3, text.find('\n', begin) - begin - 3);
  return path == "/" ? "" : path;
}

bool raise_minimum(const std::string& path, int64_t memory_bytes) {
  const auto text = read_small_file(path);
  if (!text.ok()) return false;
  int64_t now = 0;
  std::from_chars(text->data(), text->data() + text->size(), now);
  if (text->starts_with("max") || now >= memory_bytes) return true;
  return write_small_file(path, std::to_string(memory_bytes)).ok();
}

}  // namespace

std::vector<std::string> protect_daemon(const Host& host, int64_t memory_bytes,
                                        const std::string& proc_self) {
  std::vector<std::string> refused;
  if (!write_small_file(proc_self + "/oom_score_adj", std::to_string(kDaemonOomScoreAdj)).ok()) {
    refused.push_back("the OOM score of the daemon cannot be lowered (it takes CAP_SYS_RESOURCE)");
  }
  if (host.layout != Layout::kV2 || !host.has("memory")) return refused;
  // The kernel grants a child what its parent has, so each step up to the root needs it.
  for (std::string path = own_path(proc_self); !path.empty(); path.resize(path.rfind('/'))) {
    if (raise_minimum(host.unified + path + "/memory.min", memory_bytes)) continue;
    refused.push_back("no memory can be guaranteed to the daemon in cgroup " + path);
  }
  return refused;
}

std::vector<std::string> protect_daemon(const Host& host, int64_t memory_bytes) {
  return protect_daemon(host, memory_bytes, "/proc/self");
}

}  // namespace es::cgroup
