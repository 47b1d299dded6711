#pragma once
// Interfaces: the LANs that this machine is on, as discovery uses them.

#include <netinet/in.h>

#include <string>
#include <vector>

namespace es::linux_net {

struct Interface {
  std::string name;
  unsigned index = 0;
  in_addr address{};
  in_addr broadcast{};  // 0 where there is none
};

// Interfaces that are up, can broadcast or multicast, and have an IPv4 address in a network of more
// than one host: neither loopback nor the veths of tasks. At most kMaxInterfaces, the first address
// of each.
constexpr size_t kMaxInterfaces = 16;
std::vector<Interface> lan_interfaces();

}  // namespace es::linux_net
