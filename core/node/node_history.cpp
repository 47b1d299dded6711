// What a manager does whose tables went another way than the leader's (history.h says how that can be): they are worth nothing, since
// whatever comes next builds on the leader's. It drops all that raft gave it, and heals as a manager does whose disk lost its log: it
// does not lead, and votes only for who holds as much as it held, until the leader's log is whole here.

#include "core/base/planted_bug.h"
#include "core/node/node.h"

namespace es::node {

// Of the very board that this manager follows: another one with its identity may lead elsewhere.
void Node::hear(NodeId from, const HistoryNote& message, uint64_t incarnation) {
  if (!replica_ || replica_->is_halted() || replica_->leads()) return;
  const LeadersStart& leader = leaders_start_;
  const bool is_the_leaders = leader.node == from && leader.incarnation == incarnation && leader.term == message.term;
  if (is_the_leaders && message.term == replica_->raft().term()) leaders_history_ = message;
}

// The index at which the tables are known to be others than the leader's; 0: none is known.
raft::Index Node::compare_histories() {
  if (replica_->leads() || leaders_history_->term != replica_->raft().term()) {
    leaders_history_.reset();
    return 0;
  }
  const History::Finding finding = replica_->history().compare(leaders_history_->index, leaders_history_->history);
  if (finding == History::Finding::kNotYet) return 0;
  const uint64_t index = leaders_history_->index;
  leaders_history_.reset();
  return finding == History::Finding::kDiffers && !ES_PLANTED(histories_not_compared) ? index : 0;
}

void Node::begin_anew(Step& step, uint64_t index) {
  step.log("this manager's tables are not the leader's, though both applied the log up to entry " + std::to_string(index) +
           ": the swarm split in two for a while, as happens when a copied SD card votes in a cut network. They are dropped and taken "
           "from the leader; what was written on this side of the cut meanwhile is lost");
  const ports::Loaded fresh = replica_->without_log();
  writes_.forget_raft();
  ports::Batch batch;
  batch.reset_log = true;
  batch.hard_state = fresh.hard_state;
  for (const auto& [name, value] : fresh.facts) batch.facts[name] = value;
  writes_.add(std::move(batch));
  desk_.refuse_all(step, unavailable("this manager takes the swarm's state from the leader; try again in a moment"));
  const Status restarted = restart_replica(fresh);
  ES_ASSERT(restarted.ok());  // an empty log is a sound one
}

}  // namespace es::node
