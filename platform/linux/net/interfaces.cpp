#include "platform/linux/net/interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>

namespace es::linux_net {

namespace {

bool is_lan(const ifaddrs& entry) {
  if (entry.ifa_addr == nullptr || entry.ifa_addr->sa_family != AF_INET ||
      entry.ifa_netmask == nullptr)
    return false;
  if ((entry.ifa_flags & IFF_UP) == 0 || (entry.ifa_flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) != 0)
    return false;
  if ((entry.ifa_flags & (IFF_BROADCAST | IFF_MULTICAST)) == 0) return false;
  const auto* mask = reinterpret_cast<const sockaddr_in*>(entry.ifa_netmask);
  return mask->sin_addr.s_addr != INADDR_BROADCAST;  // not /32
}

in_addr address_of(const sockaddr* address) {
  return address == nullptr ? in_addr{} : reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
}

}  // namespace

std::vector<Interface> lan_interfaces() {
  std::vector<Interface> found;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return found;
  for (const ifaddrs* entry = list; entry != nullptr && found.size() < kMaxInterfaces;
       entry = entry->ifa_next) {
    if (!is_lan(*entry)) continue;
    const std::string name = entry->ifa_name;
    if (std::any_of(found.begin(), found.end(),
                    [&](const Interface& one) { return one.name == name; }))
      continue;
    const bool broadcasts = (entry->ifa_flags & IFF_BROADCAST) != 0;
    found.push_back({name, if_nametoindex(entry->ifa_name), address_of(entry->ifa_addr),
                     broadcasts ? address_of(entry->ifa_broadaddr) : in_addr{}});
  }
  freeifaddrs(list);
  return found;
}

}  // namespace es::linux_net
