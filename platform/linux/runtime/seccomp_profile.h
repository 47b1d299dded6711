#pragma once
// The system calls of a container: those that Docker's default profile allows, widened by the
// container's capabilities.

#include <string>
#include <string_view>
#include <vector>

#include "platform/linux/runtime/oci_json.h"

namespace es::runtime {

// Writes the value of the member "seccomp" of an OCI bundle. `machine` as uname(2) names it;
// `capabilities` as "CAP_…".
void write_seccomp(JsonWriter& out, std::string_view machine,
                   const std::vector<std::string>& capabilities);

}  // namespace es::runtime
