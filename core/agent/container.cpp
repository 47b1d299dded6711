#include "core/agent/container.h"

#include <set>

namespace es::agent {

namespace {

constexpr const char* kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr size_t kShortIdLength = 12;

std::string_view variable_name(std::string_view assignment) {
  return assignment.substr(0, assignment.find('='));
}

// They live as long as `env`.
std::set<std::string_view> variable_names(const std::vector<std::string>& env) {
  std::set<std::string_view> names;
  for (const std::string& one : env) names.insert(variable_name(one));
  return names;
}

// "NAME" without "=" in a specification removes the image's NAME, as Docker does.
std::vector<std::string> merge_env(const std::vector<std::string>& image, const std::vector<std::string>& spec,
                                   const std::string& hostname) {
  std::vector<std::string> env;
  const std::set<std::string_view> said = variable_names(spec);
  for (const std::string& one : image) {
    if (!said.contains(variable_name(one))) env.push_back(one);
  }
  for (const std::string& one : spec) {
    if (one.find('=') != std::string::npos) env.push_back(one);
  }
  const bool has_hostname = variable_names(env).contains("HOSTNAME");
  if (!variable_names(env).contains("PATH")) env.insert(env.begin(), kDefaultPath);
  if (!has_hostname) env.push_back("HOSTNAME=" + hostname);
  return env;
}

std::vector<std::string> command_line(const ContainerSpec& spec, const ports::ImageConfig& image) {
  std::vector<std::string> line = spec.command.empty() ? image.entrypoint : spec.command;
  const bool image_decides = spec.command.empty() && spec.args.empty();
  const std::vector<std::string>& rest = image_decides ? image.command : spec.args;
  line.insert(line.end(), rest.begin(), rest.end());
  return line;
}

}  // namespace

Result<ports::ContainerConfig> compose_container(const Task& task, const ports::ImageConfig& image, std::string rootfs) {
  const ContainerSpec& spec = task.spec.container;
  ports::ContainerConfig config;
  config.task = task.id;
  config.rootfs = std::move(rootfs);
  config.args = command_line(spec, image);
  if (config.args.empty()) {
    return invalid("no command: image \"" + spec.image + "\" names none and the service neither");
  }
  config.hostname = spec.hostname.empty() ? task.id.to_string().substr(0, kShortIdLength) : spec.hostname;
  config.env = merge_env(image.env, spec.env, config.hostname);
  config.dir = spec.dir.empty() ? image.dir : spec.dir;
  config.user = spec.user.empty() ? image.user : spec.user;
  config.groups = spec.groups;
  config.hosts = spec.hosts;
  config.mounts = spec.mounts;
  config.read_only = spec.read_only;
  config.init = spec.init;
  config.stop_signal = spec.stop_signal.empty() ? image.stop_signal : spec.stop_signal;
  config.stop_grace_period = spec.stop_grace_period.value_or(seconds(10));
  config.sysctls = spec.sysctls;
  config.capability_add = spec.capability_add;
  config.capability_drop = spec.capability_drop;
  config.ulimits = spec.ulimits;
  config.oom_score_adj = spec.oom_score_adj;
  config.resources = task.spec.resources;
  for (const NetworkAttachmentConfig& network : task.spec.networks) {
    if (network.target == "host") config.network = ports::NetworkMode::kHost;
  }
  config.labels = spec.labels;
  return config;
}

}  // namespace es::agent
