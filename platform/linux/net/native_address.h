#pragma once
// SocketAddress as the operating system takes it.

#include <sys/socket.h>

#include "core/base/result.h"
#include "core/model/address.h"

namespace es::linux_net {

// Errors: kInvalid, for a host name too: names are not resolved here.
Result<sockaddr_storage> to_native(const SocketAddress& address);

// An IPv4 address inside IPv6 (::ffff:192.0.2.1) comes back as the IPv4 address. Empty for other
// families.
SocketAddress from_native(const sockaddr* address);

}  // namespace es::linux_net
