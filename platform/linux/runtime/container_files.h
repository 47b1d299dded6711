#pragma once
// What a container finds in /etc/hostname, /etc/hosts and /etc/resolv.conf.

#include <string>
#include <string_view>
#include <vector>

#include "core/ports/runtime.h"

namespace es::runtime {

// The name that the container sees: the service's own, else the node's with its network, else the
// start of the task's id.
std::string container_hostname(const ports::ContainerConfig& config,
                               std::string_view node_hostname);

// `host_hosts` is the node's /etc/hosts, which a container in the node's network shares.
// `config.hosts` are lines "IP name…".
std::string hosts_file(const ports::ContainerConfig& config, std::string_view hostname,
                       std::string_view host_hosts);

}  // namespace es::runtime
