#pragma once
// GossipKeys: when the keys that seal gossip change, as SwarmKit's key manager does it. Rotation has three steps, each an
// entry of the log, so that a new leader goes on where the old one stopped: a new key is introduced (all open it, nobody
// seals with it yet), becomes the first (all seal with it), and the old one is dropped. Each step waits for kKeySpread, by
// which time whoever has a session has the keys, or has opened it again and got them: nobody is deaf in between. Keys travel
// with the session alone, which a removed node has no more: 2 × kKeySpread after a removal its keys are good for nothing.

#include <optional>
#include <string>

#include "core/base/time.h"
#include "core/model/cluster.h"
#include "core/node/leader_link.h"
#include "core/node/step.h"

namespace es::node {

constexpr size_t kGossipKeyBytes = 16;
constexpr Duration kKeySpread = kSessionCheck + kSessionAnswer + seconds(2);
// 512 nodes seal less than the 2^32 datagrams in that time for which random nonces are sound (NIST SP 800-38D §8.3).
constexpr Duration kKeyAge = hours(7 * 24);

class GossipKeys {
 public:
  // Of a new leader.
  GossipKeys(Instant now, WallTime wall, const Cluster& cluster);

  // The next step, when it is due: true when `cluster` was changed. Asks for a secret when one is needed.
  bool work(Step& step, Cluster& cluster);
  void secret_drawn(Instant now, std::string secret);
  Instant next_deadline() const { return next_step_; }
  // A node that knows the keys was removed: the next rotation begins now, or when the one under way is over.
  void removed(Instant now, const Cluster& cluster) {
    if (cluster.gossip_key_step == GossipKeyStep::kSteady) next_step_ = earlier(next_step_, now);
  }

 private:
  Instant next_step_;
  bool drawing_ = false;
  std::optional<std::string> secret_;
};

}  // namespace es::node
