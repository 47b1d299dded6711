#pragma once
// Which machine code runs on which board.

#include <vector>

#include "core/model/platform.h"

namespace es::scheduler {

// True when a node of platform `node` runs images of platform `image`. Empty parts of the image's
// platform match anything. 32-bit ARM: a board runs its own and lower versions (a v7 board runs v6,
// not the other way round); where no version is given it is v7, as the OCI image specification has
// it.
bool runs(const Platform& node, const Platform& image);

// True when one of the image's platforms runs, or it names none.
bool runs_any(const Platform& node, const std::vector<Platform>& images);

}  // namespace es::scheduler
