#include "tests/unit/growth/cost.h"

#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sys/resource.h>
#include <new>

#include "doctest/doctest.h"

namespace {

uint64_t allocations = 0;
uint64_t allocated_bytes = 0;
uint64_t live_bytes = 0;
uint64_t peak_bytes = 0;

void* count(void* memory) {
  if (memory == nullptr) std::abort();
  const size_t size = malloc_usable_size(memory);
  ++allocations;
  allocated_bytes += size;
  live_bytes += size;
  peak_bytes = std::max(peak_bytes, live_bytes);
  return memory;
}

void uncount(void* memory) {
  if (memory != nullptr) live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

// One thread: counters without locks.
void* operator new(size_t size) { return count(std::malloc(size)); }
void* operator new(size_t size, std::align_val_t align) {
  const auto alignment = static_cast<size_t>(align);
  return count(std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment));
}
void operator delete(void* memory) noexcept { uncount(memory); }
void operator delete(void* memory, size_t) noexcept { uncount(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { uncount(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { uncount(memory); }

namespace es::growth {

namespace {

constexpr double kPerDoubling = 2.5;
constexpr uint64_t kIgnoredBytes = 64 << 10;  // what is there whatever the size
constexpr uint64_t kIgnoredAllocations = 200;
constexpr double kIgnoredSeconds = 0.1;
constexpr int kTries = 3;

// In user mode alone: what the kernel takes for a file depends on the file system and on who else writes.
double cpu_now() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec) * 1e-6;
}

bool grew_little(uint64_t before, uint64_t after, uint64_t ignored) {
  return static_cast<double>(after) <=
         kPerDoubling * static_cast<double>(before) + static_cast<double>(ignored);
}

}  // namespace

Cost cost_of(const std::function<void()>& work) {
  Cost cost{allocations, allocated_bytes, 0, 0};
  const uint64_t live_before = live_bytes;
  peak_bytes = live_bytes;
  const double begin = cpu_now();
  work();
  cost.cpu_seconds = cpu_now() - begin;
  cost.allocations = allocations - cost.allocations;
  cost.bytes = allocated_bytes - cost.bytes;
  cost.peak_bytes = peak_bytes - live_before;
  return cost;
}

void check_growth(const std::string& name, size_t size, int doublings, const Prepare& prepare) {
  CAPTURE(name);
  Cost smallest;
  Cost before;
  for (int doubling = 0; doubling <= doublings; ++doubling, size *= 2) {
    CAPTURE(size);
    const std::function<void()> work = prepare(size);
    Cost cost = cost_of(work);
    for (int i = 1; i < kTries; ++i) {
      cost.cpu_seconds = std::min(cost.cpu_seconds, cost_of(work).cpu_seconds);
    }
    if (doubling == 0) {
      smallest = cost;
    } else {
      CHECK(grew_little(before.allocations, cost.allocations, kIgnoredAllocations));
      CHECK(grew_little(before.bytes, cost.bytes, kIgnoredBytes));
      CHECK(grew_little(before.peak_bytes, cost.peak_bytes, kIgnoredBytes));
    }
    before = cost;
  }
  const double allowed = std::pow(kPerDoubling, doublings) * smallest.cpu_seconds + kIgnoredSeconds;
  CAPTURE(smallest.cpu_seconds);
  CAPTURE(before.cpu_seconds);
  CHECK(before.cpu_seconds <= allowed);
}

}  // namespace es::growth
