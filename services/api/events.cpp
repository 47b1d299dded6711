// /events: one JSON object a line, as things happen

#include "services/api/event_document.h"
#include "services/api/filters.h"
#include "services/api/routes.h"

namespace es::api {

namespace {

// The answer and what feeds it. It lives in the answer's callbacks, until the answer ends.
struct Watch {
  CallPtr call;
  Filters filters;
  std::unique_ptr<Subscription> changes;
  std::unique_ptr<Subscription> deadline;
};

bool fits(const Filters& filters, const DockerEvent& event) {
  const auto name = event.attributes.find("name");
  const bool is_actor = filters.is_any(event.type, event.id) ||
                        (name != event.attributes.end() && filters.is_any(event.type, name->second));
  return filters.is_any("type", event.type) && filters.is_any("event", event.action) &&
         filters.is_any("scope", "swarm") && is_actor;
}

void tell(const CallPtr& call, const Filters& filters, const DockerEvent& event, WallTime at) {
  if (fits(filters, event)) call->responder.write(json::print(event_document(event, at)) + "\n");
}

void stream_events(const CallPtr& call) {
  ES_REPLY_TRY(const Filters filters, call,
               Filters::parse(call->query("filters"), {"type", "event", "scope", "service", "node"}));
  ES_REPLY_TRY(const auto since, call, call->time("since"));
  ES_REPLY_TRY(const auto until, call, call->time("until"));
  const WallTime now = call->control.now();
  call->responder.start(200, {{"Content-Type", "application/json"}});
  for (const PastEvent& past : call->history.events()) {
    const bool is_wanted = since && past.at >= *since && (!until || past.at <= *until);
    if (is_wanted) tell(call, filters, past.event, past.at);
  }
  if (until && *until <= now) return call->responder.finish();
  const auto watch = std::make_shared<Watch>(Watch{call, filters, nullptr, nullptr});
  call->responder.on_gone([watch] {
    watch->changes.reset();
    watch->deadline.reset();
  });
  const std::weak_ptr<Watch> weak = watch;
  watch->changes = call->control.watch([weak](const state::Event& change) {
    const auto self = weak.lock();
    const auto event = docker_event(change);
    if (self && event) tell(self->call, self->filters, *event, self->call->control.now());
  });
  if (!until) return;
  watch->deadline = call->control.after(*until - now, [weak] {
    if (const auto self = weak.lock()) self->call->responder.finish();
  });
}

constexpr std::array kEventRoutes{Route{"GET", "/events", Access::kAnyone, stream_events}};

}  // namespace

std::span<const Route> event_routes() { return kEventRoutes; }

}  // namespace es::api
