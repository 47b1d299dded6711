// What a node does about its disk: writes that are done, a disk that fails, one that works again.
//
// A manager whose disk takes no writes can promise nothing: it stops leading and acknowledging at
// once, says so to whoever asks, and looks at the disk again and again. When it works, the replica
// starts from what the disk holds, exactly as after a restart of the daemon; the agent, its tasks and
// gossip have gone on meanwhile, and their records that the disk missed are written first.

#include <algorithm>
#include <utility>

#include "core/node/node.h"

namespace es::node {

void Node::on(Step& step, const Persisted& event) {
  for (const WriteQueue::Done& done : writes_.done(step.now, event.id, event.status)) {
    for (const uint64_t raft_batch : done.raft_batches) {
      if (replica_ && !replica_->is_halted()) replica_->write_done(raft_batch, done.status);
    }
  }
  if (writes_.is_suspended() && !disk_trouble_) disk_failed(step, event.status.error());
}

void Node::disk_failed(Step& step, const Error& error) {
  disk_trouble_ = error.message;
  step.log("the disk refused a write: " + error.message +
           (replica_ ? "; this manager stands back" : "; what happens here is not recorded") +
           " until it works again");
  leader_.reset();
  if (replica_) replica_->halt();
  release_early_requests(step);
  desk_.refuse_all(step, {Errc::kIo, error.message + ". Whether the change was made will be seen "
                                                     "when the disk works again"});
  reopen_pause_ = kReopenPause;
  reopen_at_ = step.now + reopen_pause_;
}

std::optional<std::string> Node::disk_trouble() const {
  if (disk_trouble_ || !disk_hangs_) return disk_trouble_;
  return "the data disk does not answer";
}

// Commands are refused at once, and whoever waits already is told in the end. Reads go on: they may need no write.
void Node::watch_writes(Step& step) {
  const bool hangs = writes_.unanswered(step.now) >= kDiskPatience;
  if (std::exchange(disk_hangs_, hangs) == hangs || disk_trouble_) return;
  if (!hangs) return step.log("the data disk answers again");
  step.log("the data disk has not answered a write for " + std::to_string(kDiskPatience.ms() / 1'000) + " s");
}

void Node::look_at_disk(Step& step) {
  if (step.now < reopen_at_) return;
  reopen_at_ = kNever;  // until the answer
  step.out.add(ReopenStore{});
}

void Node::on(Step& step, const StoreReopened& event) {
  if (!disk_trouble_) return;
  Status works = event.loaded.ok() ? Status() : Status(event.loaded.error());
  if (works.ok() && replica_) works = restart_replica(*event.loaded);
  if (works.ok()) {
    disk_trouble_.reset();
    writes_.resume();
    step.log("the disk works again");
    return;
  }
  // The same cause, with or without its details, is said once.
  if (!disk_trouble_->starts_with(works.error().message)) {
    step.log("the disk does not work yet: " + works.error().message);
  }
  disk_trouble_ = works.error().message;
  reopen_pause_ = std::min(reopen_pause_ * 2, kReopenPauseMax);
  reopen_at_ = step.now + reopen_pause_;
}

Status Node::restart_replica(const ports::Loaded& loaded) {
  ES_TRY(auto replica, Replica::start(membership_.raft_id, prng_.next(), writes_.owes_reset() ? writes_.owed_log() : loaded,
                                      options_.bounds));
  replica_ = std::move(replica);
  if (kept_out_) replica_->halt();
  for (const wire::ManagerAddress& manager : membership_.managers) replica_->add_address(manager);
  return {};
}

}  // namespace es::node
