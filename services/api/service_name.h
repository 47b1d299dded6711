#pragma once
// A name for a service that was given none, as Docker's daemon makes one: "quiet_heron".

#include <string>

#include "services/api/cluster_control.h"

namespace es::api {

// Not a name of the tables; a number is added until that is so.
std::string make_service_name(ClusterControl& control);

}  // namespace es::api
