#pragma once
// KeyRing: which keys seal gossip and which are still opened; the crypto is the edge's. A key lives
// three turns: it is introduced (everybody opens it, nobody seals with it yet), promoted to
// primary, and retired one rotation later, so that a member that hears of a step late loses no
// datagram (as SwarmKit's key manager does it). The ring is replicated state: the leader alone
// changes it.

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/fields.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace es::gossip {

constexpr Duration kKeyRotationInterval = hours(12);

struct GossipKey {
  uint32_t generation = 0;  // 1, 2, 3, …; never used again
  std::string secret;       // 16 or 32 bytes: AES-128 or AES-256

  static constexpr auto fields() {
    return std::tuple{field(1, "Generation", &GossipKey::generation),
                      field(2, "Secret", &GossipKey::secret)};
  }
  bool operator==(const GossipKey&) const = default;
};

struct KeyRing {
  static constexpr uint32_t kGenerationsBehind = 1;  // opened after they were primary

  std::vector<GossipKey>
      keys;              // by generation, ascending: at most one before and one after the primary
  uint32_t primary = 0;  // generation that seals; 0: the ring is empty

  static constexpr auto fields() {
    return std::tuple{field(1, "Keys", &KeyRing::keys), field(2, "Primary", &KeyRing::primary)};
  }
  bool operator==(const KeyRing&) const = default;

  // The first key seals at once; a later one waits for promote().
  // Errors: kInvalid for a secret of a wrong size, kPrecondition when one is waiting already.
  Status introduce(std::string secret);
  // Errors: kPrecondition when no key waits.
  Status promote();

  // Null when the ring is empty.
  const GossipKey* sealing_key() const { return opening_key(primary); }
  // Null for a generation that is not, or no longer, accepted.
  const GossipKey* opening_key(uint32_t generation) const;
  // The secrets as Cluster::gossip_keys has them: the first seals, all open.
  std::vector<std::string> sealing_order() const;

  // Errors: kCorrupt. For a ring that came over the wire.
  Status check() const;
};

}  // namespace es::gossip
