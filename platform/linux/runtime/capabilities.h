#pragma once
// Capabilities of a container: Docker's fourteen, with what the service adds and drops.

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace es::runtime {

// Every capability whose bit is set in `bounding` (bit n: capability number n), as "CAP_…".
std::vector<std::string> capability_names(uint64_t bounding);

// This process's own bounding set: nobody can give away more.
uint64_t own_bounding_set();

// Names as Docker takes them: "NET_ADMIN", "cap_net_admin", "ALL". Dropping ALL leaves what is
// added; adding ALL gives what is not dropped. The result is in the kernel's order. Errors:
// kInvalid for a name that nobody knows, or one that this machine withholds and that was asked for
// by name.
Result<std::vector<std::string>> resolve_capabilities(const std::vector<std::string>& add,
                                                      const std::vector<std::string>& drop,
                                                      uint64_t bounding);

}  // namespace es::runtime
