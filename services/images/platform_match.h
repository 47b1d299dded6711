#pragma once
// Which of an image's platforms a node runs best.

#include <optional>
#include <string>

#include "core/model/platform.h"

namespace es::images {

// Higher is better; nothing when the node cannot run it. A 32-bit ARM runs what was made for its
// own version and older ones.
std::optional<int> match_platform(const Platform& node, const Platform& image);

std::string platform_text(const Platform& platform);  // "linux/arm/v7"

}  // namespace es::images
