#include "services/daemon/wall_clock.h"

#include <time.h>

namespace es::daemon {

WallTime wall_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return {static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec};
}

}  // namespace es::daemon
