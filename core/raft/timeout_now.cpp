// The leader asks this node to take over. Thesis §3.10.

#include "core/raft/raft.h"

namespace es::raft {

// No pre-vote: the leader is alive and wants this. The request for votes says so, and voters do not
// cling to the leader.
void Raft::on(const Message&, const TimeoutNow&) {
  if (leading() == nullptr && may_campaign()) start_campaign(true);
}

}  // namespace es::raft
