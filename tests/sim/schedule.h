#pragma once
// Schedule: what happens when, in virtual time. Two things at the same instant happen in the order in which they were planned.

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "core/base/time.h"

namespace es::sim {

class Schedule {
 public:
  using Action = std::function<void()>;

  Instant now() const { return now_; }

  void at(Instant when, Action action) {
    actions_.emplace(std::pair{when < now_ ? now_ : when, next_sequence_++}, std::move(action));
  }
  void after(Duration delay, Action action) { at(now_ + delay, std::move(action)); }

  // Does everything up to and with `until`, and stops there.
  void run_until(Instant until) {
    while (!actions_.empty() && actions_.begin()->first.first <= until) step();
    now_ = until;
  }
  // Pre: there is an action.
  void step() {
    auto next = actions_.extract(actions_.begin());
    now_ = next.key().first;
    next.mapped()();
  }
  bool empty() const { return actions_.empty(); }
  bool has_before(Instant until) const { return !actions_.empty() && actions_.begin()->first.first <= until; }

 private:
  Instant now_{0};
  uint64_t next_sequence_ = 0;
  std::map<std::pair<Instant, uint64_t>, Action> actions_;
};

}  // namespace es::sim
