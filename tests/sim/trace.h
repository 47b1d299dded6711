#pragma once
// Trace: what happened, one line each, for people. Only made when somebody wants to read it.

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/node/effect.h"
#include "core/node/event.h"

namespace es::sim {

class Trace {
 public:
  // Only the last `keep` lines are kept.
  explicit Trace(size_t keep) : keep_(keep) {}

  void add(Instant at, std::string_view who, std::string_view what);
  const std::deque<std::string>& lines() const { return lines_; }

 private:
  size_t keep_;
  std::deque<std::string> lines_;
};

// The kind and what tells it apart from others of its kind.
std::string describe(const node::EventBody& event);
std::string describe(const node::Effect& effect);

}  // namespace es::sim
