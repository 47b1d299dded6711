#pragma once
// Clock: what time it is, and one alarm.

#include "core/base/time.h"

namespace es::ports {

class Clock {
 public:
  virtual ~Clock() = default;

  // Never goes back.
  virtual Instant now() const = 0;
  // May jump, and start in 1970.
  virtual WallTime wall() const = 0;

  // Calls the owner's alarm once at `at` or later, in a turn of its own. Replaces an earlier wish;
  // kNever cancels.
  virtual void wake_at(Instant at) = 0;
};

}  // namespace es::ports
