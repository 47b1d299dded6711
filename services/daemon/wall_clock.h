#pragma once
// The time of day, for people and for certificates only.

#include "core/base/time.h"

namespace es::daemon {

WallTime wall_now();

}  // namespace es::daemon
