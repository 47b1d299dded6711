#include "platform/linux/runtime/container_files.h"

namespace es::runtime {

std::string container_hostname(const ports::ContainerConfig& config,
                               std::string_view node_hostname) {
  if (!config.hostname.empty()) return config.hostname;
  if (config.network == ports::NetworkMode::kHost) return std::string(node_hostname);
  return config.task.to_string().substr(0, 12);
}

std::string hosts_file(const ports::ContainerConfig& config, std::string_view hostname,
                       std::string_view host_hosts) {
  std::string text;
  if (config.network == ports::NetworkMode::kHost) {
    text = host_hosts;
    if (!text.empty() && text.back() != '\n') text += '\n';
  } else {
    text =
        "127.0.0.1\tlocalhost\n"
        "::1\tlocalhost ip6-localhost ip6-loopback\n"
        "fe00::0\tip6-localnet\n"
        "ff00::0\tip6-mcastprefix\n"
        "ff02::1\tip6-allnodes\n"
        "ff02::2\tip6-allrouters\n";
    text += "127.0.1.1\t" + std::string(hostname) + "\n";
  }
  for (const std::string& line : config.hosts) text += line + "\n";
  return text;
}

}  // namespace es::runtime
