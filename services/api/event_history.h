#pragma once
// EventHistory: the last events, for clients that ask for what was before they came (`docker events --since`).

#include <deque>
#include <memory>

#include "services/api/cluster_control.h"
#include "services/api/event_document.h"

namespace es::api {

constexpr size_t kMaxPastEvents = 256;  // as Docker keeps

struct PastEvent {
  WallTime at;
  DockerEvent event;
};

class EventHistory {
 public:
  // Watches from now on. `control` outlives the history.
  explicit EventHistory(ClusterControl& control);

  const std::deque<PastEvent>& events() const { return events_; }

 private:
  std::deque<PastEvent> events_;
  std::unique_ptr<Subscription> changes_;
};

}  // namespace es::api
