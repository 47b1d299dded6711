#pragma once
// Who may be asked: Docker's sentences for a node that is no manager.

#include "core/base/result.h"
#include "services/api/cluster_control.h"

namespace es::api {

// Errors: kUnavailable.
Status check_manager(const LocalStatus& status);

}  // namespace es::api
