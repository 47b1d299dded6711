#pragma once
// A service as people read it: `service inspect --pretty`.

#include <string>

#include "services/json/json_fwd.h"

namespace es::cli {

std::string service_text(const nlohmann::ordered_json& service);

}  // namespace es::cli
