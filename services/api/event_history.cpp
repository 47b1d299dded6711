#include "services/api/event_history.h"

namespace es::api {

EventHistory::EventHistory(ClusterControl& control) {
  changes_ = control.watch([this, &control](const state::Event& change) {
    auto event = docker_event(change);
    if (!event) return;
    if (events_.size() == kMaxPastEvents) events_.pop_front();
    events_.push_back({control.now(), std::move(*event)});
  });
}

}  // namespace es::api
