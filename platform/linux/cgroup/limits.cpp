#include "platform/linux/cgroup/limits.h"

#include <algorithm>

#include "core/base/assert.h"

namespace es::cgroup {

namespace {

// Without overflow: whole CPUs and the rest apart.
int64_t scale(int64_t cpu_nano, int64_t per_cpu) {
  return cpu_nano / kNanoPerCpu * per_cpu + cpu_nano % kNanoPerCpu * per_cpu / kNanoPerCpu;
}

// More CPUs than any machine has; bounds scale().
constexpr int64_t kCpuNanoMax = 1'000'000 * kNanoPerCpu;

}  // namespace

int64_t cpu_shares(int64_t reserved_cpu_nano) {
  return std::clamp<int64_t>(scale(std::clamp<int64_t>(reserved_cpu_nano, 0, kCpuNanoMax), 1024), 2,
                             262'144);
}

int64_t cpu_weight(int64_t reserved_cpu_nano) {
  return std::clamp<int64_t>(scale(std::clamp<int64_t>(reserved_cpu_nano, 0, kCpuNanoMax), 100), 1,
                             10'000);
}

int64_t cpu_quota_us(int64_t limit_cpu_nano) {
  ES_ASSERT(limit_cpu_nano > 0);
  return std::max<int64_t>(scale(std::min(limit_cpu_nano, kCpuNanoMax), kCpuPeriodUs), 1000);
}

int64_t default_pids_max(int64_t kernel_threads_max) {
  return std::clamp<int64_t>(kernel_threads_max / 4, 256, 4096);
}

}  // namespace es::cgroup
