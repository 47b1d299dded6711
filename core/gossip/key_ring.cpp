#include "core/gossip/key_ring.h"

#include <algorithm>
#include <utility>

namespace es::gossip {

namespace {
bool has_key_size(const std::string& secret) { return secret.size() == 16 || secret.size() == 32; }
}  // namespace

Status KeyRing::introduce(std::string secret) {
  if (!has_key_size(secret)) return invalid("a gossip key has 16 or 32 bytes");
  if (keys.empty()) {
    primary = 1;
    keys.push_back({primary, std::move(secret)});
    return {};
  }
  if (keys.back().generation != primary) {
    return Error{Errc::kPrecondition, "the last gossip key waits to be used first"};
  }
  keys.push_back({primary + 1, std::move(secret)});
  return {};
}

Status KeyRing::promote() {
  if (keys.empty() || keys.back().generation == primary) {
    return Error{Errc::kPrecondition, "there is no newer gossip key"};
  }
  primary = keys.back().generation;
  std::erase_if(
      keys, [&](const GossipKey& key) { return key.generation + kGenerationsBehind < primary; });
  return {};
}

const GossipKey* KeyRing::opening_key(uint32_t generation) const {
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const GossipKey& one) { return one.generation == generation; });
  return key == keys.end() ? nullptr : &*key;
}

std::vector<std::string> KeyRing::sealing_order() const {
  std::vector<std::string> secrets;
  for (const GossipKey& key : keys) {
    const auto place = key.generation == primary ? secrets.begin() : secrets.end();
    secrets.insert(place, key.secret);
  }
  return secrets;
}

Status KeyRing::check() const {
  if (keys.empty())
    return primary == 0 ? Status() : corrupt("gossip key ring without its primary key");
  if (primary == 0 || primary == UINT32_MAX || sealing_key() == nullptr) {
    return corrupt("gossip key ring without its primary key");
  }
  uint32_t last = 0;
  for (const GossipKey& key : keys) {
    if (!has_key_size(key.secret)) return corrupt("gossip key of a wrong size");
    if (key.generation <= last) return corrupt("gossip keys out of order");
    if (key.generation + kGenerationsBehind < primary || key.generation > primary + 1) {
      return corrupt("gossip key of a generation that is not in use");
    }
    last = key.generation;
  }
  return {};
}

}  // namespace es::gossip
