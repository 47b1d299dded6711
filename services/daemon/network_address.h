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

// Where the others reach this node now that it was `known` at an address. `wish` is the operator's: an address stays as it is, an interface
// is looked up again. Without one the known address stays while this machine has it; else another is chosen, but never
// loopback: the cable may only be out.
SocketAddress present_address(const SocketAddress& known, const std::string& wish, const SocketAddress& listen);

}  // namespace es::daemon
