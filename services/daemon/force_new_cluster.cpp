// Daemon: the way back when most managers are lost for good.

#include <utility>

#include "services/daemon/daemon.h"
#include "services/daemon/network_address.h"
#include "services/daemon/wall_clock.h"

namespace es::daemon {

namespace {

// What the disk holds once the batch is written.
ports::Loaded written(ports::Loaded before, const ports::Batch& batch) {
  ES_ASSERT(batch.reset_log && batch.snapshot && batch.hard_state);
  before.entries.clear();
  before.lost.reset();
  before.snapshot = batch.snapshot;
  before.hard_state = *batch.hard_state;
  for (const auto& [name, value] : batch.facts) {
    if (value) before.facts[name] = *value;
    else before.facts.erase(name);
  }
  return before;
}

}  // namespace

// The member is ended and begins again from its changed disk; its containers are adopted as after a start of the daemon.
void Daemon::force_new_cluster(const api::InitOptions& options, api::Done<NodeId> done) {
  if (leave_done_ || ending_) return done(Error{Errc::kConflict, "this node is leaving its swarm"});
  if (member_->node().tables() == nullptr) {
    return done(Error{Errc::kPrecondition,
                      "only a manager can force a new cluster: this node does not hold the swarm's state"});
  }
  SocketAddress address;
  if (!options.advertise_address.empty()) {
    auto wished = advertised_address(options.advertise_address, options_.listen);
    if (!wished.ok()) return done(wished.error());
    address = std::move(*wished);
  }
  const NodeId self = member_->node().membership().node;
  member_.reset();
  store_.reset();  // what was queued is written first
  Status opened = open_store();
  Result<ports::Loaded> loaded = opened.ok() ? store_->load() : Result<ports::Loaded>(opened.error());
  // What is on the disk is the swarm, perhaps its last copy: nothing is made in its place.
  stranded_ = true;
  trouble_ = "init --force-new-cluster has not ended";
  if (!loaded.ok()) {
    trouble_ = loaded.error().message;
    return done(loaded.error());
  }
  auto batch = node::Node::forced_new_cluster(*loaded, address, wall_now());
  if (!batch.ok()) {
    const Status resumed = resume(*loaded);
    stranded_ = !resumed.ok();
    if (stranded_) trouble_ = resumed.error().message;
    return done(batch.error());
  }
  if (loaded->lost) {
    log("entries of this node's log up to " + std::to_string(loaded->lost->index) +
        " rotted on the disk: the new cluster begins without the changes in them");
  }
  ports::Loaded after = written(std::move(*loaded), *batch);
  store_->write(std::move(*batch), [this, self, after = std::move(after), done = std::move(done)](Status status) {
    if (status.ok()) status = resume(after);
    if (!status.ok()) {
      trouble_ = status.error().message;
      return done(status.error());
    }
    stranded_ = false;
    log("this node is the only manager of its swarm now: a new cluster was forced");
    done(self);
  });
}

Error Daemon::refusal_while_stranded() const {
  return {Errc::kPrecondition, "this node's swarm is on its disk and could not be taken up again (" + trouble_ +
                                   "): restart the daemon; until then init, join and leave are refused"};
}

}  // namespace es::daemon
