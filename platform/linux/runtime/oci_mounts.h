#pragma once
// The member "mounts" of an OCI bundle.

#include "core/base/result.h"
#include "platform/linux/runtime/oci_config.h"
#include "platform/linux/runtime/oci_json.h"

namespace es::runtime {

// Docker's own mounts, the three files of /etc, then the service's, outer folders first. Errors:
// kInvalid.
Status write_mounts(JsonWriter& out, const ports::ContainerConfig& config,
                    const BundleFacts& facts);

}  // namespace es::runtime
