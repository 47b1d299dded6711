#include "services/daemon/network_address.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "platform/linux/cgroup/small_file.h"
#include "platform/linux/net/native_address.h"

namespace es::daemon {

namespace {

struct LocalAddress {
  std::string interface;
  std::string ip;
  bool loopback = false;
  bool v6 = false;
};

std::vector<LocalAddress> local_addresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
  std::vector<LocalAddress> found;
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_UP) == 0) continue;
    const std::string ip = linux_net::from_native(one->ifa_addr).ip;
    if (ip.empty() || ip.starts_with("fe80:")) continue;  // a link-local address needs a zone, which differs on each node
    found.push_back({one->ifa_name, ip, (one->ifa_flags & IFF_LOOPBACK) != 0, one->ifa_addr->sa_family == AF_INET6});
  }
  return found;
}

std::string interface_of_default_route() {
  const auto routes = cgroup::read_small_file("/proc/net/route");
  if (!routes.ok()) return {};
  // "Iface\tDestination\tGateway…", the numbers in hexadecimal.
  const size_t found = routes->find("\t00000000\t");
  if (found == std::string::npos) return {};
  const size_t begin = routes->rfind('\n', found) + 1;
  const std::string interface = routes->substr(begin, found - begin);
  // The second column is the destination; the same zeroes stand for "no gateway" in the third.
  return interface.find('\t') == std::string::npos ? interface : std::string();
}

// Rank of an address as the machine's own choice; lower is better.
int rank(const LocalAddress& address, const std::string& default_interface) {
  if (address.loopback) return 4;
  if (address.v6) return 3;  // LAN discovery and most Pi networks are IPv4
  return address.interface == default_interface ? 1 : 2;
}

}  // namespace

Result<SocketAddress> advertised_address(const std::string& wish, const SocketAddress& listen) {
  const bool wildcard = listen.ip.empty() || listen.ip == "0.0.0.0" || listen.ip == "::";
  if (wish.empty() && !wildcard) return listen;
  const std::vector<LocalAddress> addresses = local_addresses();
  if (!wish.empty()) {
    const std::string name = wish.substr(0, wish.find(':'));
    for (const LocalAddress& address : addresses) {
      if (address.interface == name) return SocketAddress{address.ip, listen.port};
    }
    auto parsed = SocketAddress::parse(wish, listen.port);
    if (!parsed.ok()) return invalid("\"" + wish + "\" is neither an IP address nor an interface of this machine");
    return parsed;
  }
  const std::string default_interface = interface_of_default_route();
  const LocalAddress* best = nullptr;
  for (const LocalAddress& address : addresses) {
    if (best == nullptr || rank(address, default_interface) < rank(*best, default_interface)) best = &address;
  }
  if (best == nullptr) return invalid("this machine has no network address; give one with --advertise-addr");
  return SocketAddress{best->ip, listen.port};
}

SocketAddress present_address(const SocketAddress& known, const std::string& wish, const SocketAddress& listen) {
  const std::vector<LocalAddress> addresses = local_addresses();
  const bool is_here = std::any_of(addresses.begin(), addresses.end(), [&](const auto& one) { return one.ip == known.ip; });
  if (wish.empty() && is_here) return known;
  auto present = advertised_address(wish, listen);
  if (!present.ok() || (wish.empty() && (present->ip.starts_with("127.") || present->ip == "::1"))) return known;
  return *present;
}

}  // namespace es::daemon
