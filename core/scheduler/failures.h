#pragma once
// Failures: where services failed lately. A node on which one spec of a service failed often is
// chosen last (SwarmKit: manager/scheduler/nodeinfo.go). The times are the leader's own, so a new
// leader starts without a grudge.

#include <compare>
#include <deque>
#include <map>
#include <set>

#include "core/base/id.h"
#include "core/base/time.h"
#include "core/model/meta.h"
#include "core/state/draft.h"

namespace es::scheduler {

constexpr size_t kTooManyFailures = 5;
constexpr size_t kMaxCountedFailures = 64;
constexpr Duration kFailureWindow = minutes(5);

class Failures {
 public:
  // Takes note of the tasks that have failed or were rejected since the last call, in the draft
  // itself too. The first call only learns which had before.
  void observe(const state::Draft& draft, Instant now);

  // Failures of this spec of the service on the node within the window before the last observe():
  // kMaxCountedFailures at most.
  size_t count(ServiceId service, Version spec_version, NodeId node) const;

 private:
  struct Place {
    ServiceId service;
    Version spec_version;
    NodeId node;

    auto operator<=>(const Place&) const = default;
  };

  bool started_ = false;
  std::set<TaskId> known_;                         // failed tasks that were there last time
  std::map<Place, std::deque<Instant>> by_place_;  // the last kMaxCountedFailures of each
};

}  // namespace es::scheduler
