#pragma once
// ClusterStory: the cluster grammar of SCENARIOS.md §2, a method a command. cluster_story.cpp holds
// what happens, cluster_expect.cpp what is looked at.

#include "tests/scenario/cluster_world.h"
#include "tests/scenario/line.h"
#include "tests/scenario/runner.h"

namespace es::scenario {

class ClusterStory {
 public:
  Status run(Line& line);

 private:
  Status managers(Line& line);
  Status node(Line& line);
  Status service(Line& line);
  Status update(Line& line);
  Status scale(Line& line);
  Status rollback(Line& line);
  Status remove(Line& line);
  Status force_update(Line& line);
  Status set(Line& line);
  Status remove_node(Line& line);
  Status runtime(Line& line);
  Status down(Line& line);
  Status up(Line& line);
  Status reboot(Line& line);
  Status cut(Line& line);
  Status heal(Line& line);
  Status readdress(Line& line);
  Status gossip_blocked(Line& line);
  Status kill(Line& line);
  Status leader_down(Line& line);
  Status manager_up(Line& line);
  Status run_time(Line& line);
  Status mark(Line& line);

  Status expect(Line& line);
  Status expect_sound(Line& line);
  Status expect_service(Line& line);
  Status expect_placement(Line& line);
  Status expect_spread(Line& line);
  Status expect_slots(Line& line);
  Status expect_task(Line& line);
  Status expect_node(Line& line);
  Status expect_history(Line& line);
  Status expect_moved(Line& line);

  // Takes expect=refused and sees that the command does, or does not, what it is expected to.
  Status carry_out(Line& line, const std::function<Result<orchestrator::Command>()>& make);
  Status change_service(Line& line, const std::string& name,
                        const std::function<Status(ServiceSpec&)>& edit);

  ClusterWorld world_;
};

// SCENARIOS.md §2, in a fresh world.
Verdict run_cluster_file(const std::string& path);

}  // namespace es::scenario
