#pragma once
// "type=bind,source=/srv,target=/data,readonly": what --mount takes.

#include <string_view>

#include "core/base/result.h"
#include "services/json/json_fwd.h"

namespace es::cli {

// Docker's Mount document. Errors: kInvalid, kUnsupported.
Result<nlohmann::ordered_json> parse_mount(std::string_view text);

}  // namespace es::cli
