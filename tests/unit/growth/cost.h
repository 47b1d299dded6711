#pragma once
// What a piece of work costs: allocations and bytes, counted by this program's operator new, and
// processor time. No wall clock: the machine may be busy.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace es::growth {

struct Cost {
  uint64_t allocations = 0;
  uint64_t bytes = 0;  // allocated in all
  uint64_t peak_bytes = 0;
  double cpu_seconds = 0;
};

Cost cost_of(const std::function<void()>& work);

// Work over an input of `size` members, lines or whatever it is made of. prepare(size) returns the
// work, so that making the input costs nothing.
using Prepare = std::function<std::function<void()>(size_t size)>;

// Doubles the size `doublings` times and demands of each doubling that allocations, bytes and peak
// grow by 2.5 at most, and of all together that processor time does: work that grows with the
// square of its input needs four times as much for each, and has failed long before.
void check_growth(const std::string& name, size_t size, int doublings, const Prepare& prepare);

}  // namespace es::growth
