#pragma once
// Which of this machine's addresses the other nodes shall use.

#include <string>

#include "core/base/result.h"
#include "core/model/address.h"

namespace es::daemon {

// `wish`: an address or the name of an interface, with or without ":PORT"; empty: the machine's own choice, which is the interface of
// the default route, else the first that is up, else loopback. `listen` gives the port, and the address where it is not a wildcard.
// Errors: kInvalid.
Result<SocketAddress> advertised_address(const std::string& wish, const SocketAddress& listen);

// True when one of this machine's interfaces has the address.
bool is_local_address(const std::string& ip);

}  // namespace es::daemon
