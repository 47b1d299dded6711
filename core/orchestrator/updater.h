#pragma once
// Updates: replaces the tasks of a service that are out of date, a few slots at a time, and watches
// whether the new ones hold (SwarmKit: manager/orchestrator/update/updater.go).
//
// What is replaced is read off the tables every time. How far an update is (slots in work,
// failures, the end of the monitoring) is the leader's memory; a new leader starts over with what
// is still out of date.

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/orchestrator/restart.h"
#include "core/orchestrator/round.h"
#include "core/orchestrator/slot.h"

namespace es::orchestrator {

constexpr Duration kDefaultMonitor = seconds(5);

class Updates {
 public:
  // Looks at the tasks that the service's update has made, before restarts shut down those that
  // ended. May pause the update or turn it into a rollback: the service is then another one in the
  // draft.
  void watch_failures(Round& round, const Service& service);

  // Takes the update as far as it can go now. `slots`: the standing tasks of each slot that stays.
  void advance(Round& round, const Service& service, const std::vector<Slot>& slots);

  void forget_gone(const Round& round);

 private:
  // One worker's slot.
  struct Work {
    TaskId updated;                      // the new task, waited for until it runs
    std::optional<Instant> delay_until;  // set when the slot is done
  };
  struct Progress {
    Version spec_version;  // what it works towards
    uint64_t dirty_count = 0;
    std::deque<SlotKey> queue;
    std::map<SlotKey, Work> at_work;
    // The tasks made by this update, and when they were first seen running.
    std::map<TaskId, std::optional<Instant>> made;
    std::set<TaskId> failed;
    std::optional<Instant> monitor_until;
  };

  static const UpdateConfig& config_of(const Service& service);
  void note_running(const Round& round, Progress& progress) const;
  void begin(Round& round, const Service& service, std::vector<SlotKey> dirty);
  void work(Round& round, const Service& service, Progress& progress,
            const std::vector<Slot>& slots, bool paused);
  void begin_slot(Round& round, const Service& service, Progress& progress, const Slot& slot);
  bool is_done(Round& round, const Service& service, const Slot* slot, Work& work) const;
  bool finish_slot(Round& round, const Service& service, const Slot* slot, const Work& work) const;
  void fail(Round& round, const Service& service, TaskId culprit);
  void complete(Round& round, const Service& service);

  std::map<ServiceId, Progress> progress_;
};

}  // namespace es::orchestrator
