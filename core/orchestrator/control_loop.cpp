#include "core/orchestrator/control_loop.h"

#include "core/orchestrator/enforcer.h"
#include "core/orchestrator/lost.h"
#include "core/orchestrator/reaper.h"
#include "core/orchestrator/reconcile.h"
#include "core/orchestrator/restart.h"
#include "core/orchestrator/round.h"
#include "core/orchestrator/updater.h"

namespace es::orchestrator {

struct ControlLoop::Parts {
  Prng prng;
  Restarts restarts;
  Updates updates;
  LostTasks lost;
  bool started = false;

  void reconcile(Round& round, const Service& service) {
    const ServiceMode& mode = service.spec.mode;
    if (mode.replicated) {
      reconcile_replicated(round, restarts, updates, service.id);
    } else if (mode.global) {
      reconcile_global(round, restarts, updates, service.id);
    } else if (mode.replicated_job) {
      reconcile_replicated_job(round, restarts, service.id);
    } else if (mode.global_job) {
      reconcile_global_job(round, restarts, service.id);
    }
    const state::Ref<Service> current = round.draft.service(service.id);
    restarts.start_ready(round, *current,
                         slots_of(*current, round.draft.tasks_of_service(service.id)));
  }
};

ControlLoop::ControlLoop(uint64_t seed) : parts_(new Parts{Prng(seed), {}, {}, {}}) {}
ControlLoop::~ControlLoop() = default;

Instant ControlLoop::run(state::Draft& draft, const state::Liveness& liveness, Instant now,
                         WallTime wall) {
  Round round{draft, liveness, now, wall, parts_->prng};
  if (!parts_->started) {
    parts_->restarts.learn(round);
    parts_->started = true;
  }
  // Observations first, so that the services see them.
  parts_->lost.orphan(round);
  enforce_constraints(round);
  for (const state::Ref<Service>& service : draft.services()) parts_->reconcile(round, *service);
  reap(round);
  parts_->restarts.forget_gone(round);
  parts_->updates.forget_gone(round);
  return round.wake;
}

}  // namespace es::orchestrator
