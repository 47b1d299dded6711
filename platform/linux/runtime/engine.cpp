#include "platform/linux/runtime/engine.h"

#include <unistd.h>

namespace es::runtime {

namespace {

constexpr const char* kFolders[] = {"/usr/local/bin", "/usr/bin", "/usr/local/sbin",
                                    "/usr/sbin",      "/bin",     "/sbin"};

Engine::Kind kind_of(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.find("runc") != std::string::npos ? Engine::Kind::kRunc : Engine::Kind::kCrun;
}

bool executable(const std::string& path) { return access(path.c_str(), X_OK) == 0; }

}  // namespace

Result<Engine> find_engine(const std::string& configured) {
  if (!configured.empty()) {
    if (configured[0] != '/')
      return invalid("the path of the container runtime must be absolute: " + configured);
    if (!executable(configured)) return not_found("no container runtime at " + configured);
    return Engine{kind_of(configured), configured};
  }
  for (const char* name : {"crun", "runc"}) {
    for (const std::string folder : kFolders) {
      const std::string path = folder + "/" + name;
      if (executable(path)) return Engine{kind_of(path), path};
    }
  }
  return not_found("no container runtime found: install crun (apt install crun) or runc");
}

std::vector<std::string> run_command(const Engine& engine, const std::string& state_directory,
                                     const std::string& bundle, const std::string& name) {
  std::vector<std::string> command = {engine.path};
  if (engine.kind == Engine::Kind::kCrun) command.push_back("--cgroup-manager=cgroupfs");
  for (const std::string& word :
       {std::string("--root"), state_directory, std::string("run"), std::string("--detach"),
        std::string("--bundle"), bundle, std::string("--pid-file"), bundle + "/pid", name}) {
    command.push_back(word);
  }
  return command;
}

std::string engine_reason(std::string_view output) {
  while (!output.empty() && (output.back() == ' ' || output.back() == '\n'))
    output.remove_suffix(1);
  constexpr std::string_view kMessage = "msg=\"";
  const size_t begin = output.rfind(kMessage);
  if (begin == std::string_view::npos) return std::string(output);
  std::string reason;
  for (size_t i = begin + kMessage.size(); i < output.size() && output[i] != '"'; ++i) {
    if (output[i] == '\\' && i + 1 < output.size()) ++i;
    reason += output[i];
  }
  return reason;
}

}  // namespace es::runtime
