#include "core/node/gossip_keys.h"

#include <algorithm>
#include <utility>

namespace es::node {

namespace {

// By the cluster's own time, which never falls; a wrong clock rotates early or late and harms nobody.
Duration until_old(WallTime wall, const Cluster& cluster) {
  if (cluster.gossip_key_since == WallTime{}) return kKeyAge;  // from before keys had an age
  const Duration age = std::max(wall, cluster.time_floor) - cluster.gossip_key_since;
  return std::clamp(kKeyAge - age, Duration{}, kKeyAge);
}

}  // namespace

GossipKeys::GossipKeys(Instant now, WallTime wall, const Cluster& cluster) {
  if (cluster.gossip_key_step != GossipKeyStep::kSteady) next_step_ = now + kKeySpread;
  else next_step_ = cluster.gossip_keys_known ? now : now + until_old(wall, cluster);
}

void GossipKeys::secret_drawn(Instant now, std::string secret) {
  drawing_ = false;
  next_step_ = earlier(next_step_, now);
  secret_ = std::move(secret);
}

bool GossipKeys::work(Step& step, Cluster& cluster) {
  if (step.now < next_step_) return false;
  switch (cluster.gossip_key_step) {
    case GossipKeyStep::kSteady:
      if (!secret_) {
        if (!std::exchange(drawing_, true)) step.out.add(DrawSecret{kGossipKeyBytes});
        next_step_ = step.now + kKeySpread;  // at the latest; the secret comes before
        return false;
      }
      cluster.gossip_keys.push_back(std::move(*std::exchange(secret_, std::nullopt)));
      cluster.gossip_keys_known = false;
      cluster.gossip_key_step = GossipKeyStep::kIntroduced;
      next_step_ = step.now + kKeySpread;
      return true;
    case GossipKeyStep::kIntroduced:
      std::rotate(cluster.gossip_keys.begin(), cluster.gossip_keys.end() - 1, cluster.gossip_keys.end());
      cluster.gossip_key_step = GossipKeyStep::kRetiring;
      cluster.gossip_key_since = std::max(step.wall, cluster.time_floor);
      next_step_ = step.now + kKeySpread;
      return true;
    case GossipKeyStep::kRetiring:
      cluster.gossip_keys.resize(1);
      cluster.gossip_key_step = GossipKeyStep::kSteady;
      next_step_ = cluster.gossip_keys_known ? step.now : step.now + kKeyAge;
      return true;
  }
  return false;
}

}  // namespace es::node
