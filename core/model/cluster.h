#pragma once
// Cluster: the one object that describes the swarm itself.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/time.h"
#include "core/model/meta.h"

namespace es {

constexpr int64_t kDefaultTaskHistory = 5;

struct ClusterSpec {
  std::string name = "default";
  Labels labels;
  int64_t task_history = kDefaultTaskHistory;  // ended tasks kept per slot; negative: all
  Duration node_certificate_validity = hours(90 * 24);
  std::string unknown_fields;

  static constexpr auto fields() {
    using C = ClusterSpec;
    return std::tuple{field(1, "Name", &C::name), field(2, "Labels", &C::labels),
                      field(3, "TaskHistoryRetentionLimit", &C::task_history),
                      field(4, "NodeCertExpiry", &C::node_certificate_validity)};
  }
  bool operator==(const ClusterSpec&) const = default;
};

// The secrets by which a board proves that it may join; 16 random bytes each. Rotation replaces one.
struct JoinSecrets {
  std::string worker;
  std::string manager;

  static constexpr auto fields() {
    return std::tuple{field(1, "Worker", &JoinSecrets::worker), field(2, "Manager", &JoinSecrets::manager)};
  }
  bool operator==(const JoinSecrets&) const = default;
};

struct RootCa {
  std::string certificate;  // DER
  std::string key;          // DER; on managers only, never in an answer of the API, sealed at rest with the log

  static constexpr auto fields() {
    return std::tuple{field(1, "Certificate", &RootCa::certificate), field(2, "Key", &RootCa::key)};
  }
  bool operator==(const RootCa&) const = default;
};

// How far the gossip key's rotation is (core/node/gossip_keys.h).
enum class GossipKeyStep : uint8_t {
  kSteady = 0,      // one key
  kIntroduced = 1,  // the last one opens everywhere soon, and seals nowhere yet
  kRetiring = 2,    // the first one seals; what the other has sealed may be on its way
};
constexpr auto enum_names(GossipKeyStep) {
  return std::array{EnumName{GossipKeyStep::kSteady, "steady"}, EnumName{GossipKeyStep::kIntroduced, "introduced"},
                    EnumName{GossipKeyStep::kRetiring, "retiring"}};
}

struct Cluster {
  ClusterId id;
  Meta meta;
  ClusterSpec spec;
  JoinSecrets join_secrets;
  RootCa root_ca;
  std::vector<std::string> gossip_keys;  // 16 bytes each; the first seals, all open
  WallTime time_floor;                   // the highest time a leader has stamped (DESIGN D4)
  std::vector<NodeId> removed_nodes;     // bounded; their certificates are refused
  uint64_t next_raft_id = 1;
  GossipKeyStep gossip_key_step = GossipKeyStep::kSteady;
  bool gossip_keys_known = false;  // to a node that was removed since the last was introduced
  WallTime gossip_key_since;       // when the first key began to seal
  std::string unknown_fields;

  static constexpr auto fields() {
    using C = Cluster;
    return std::tuple{field(1, "ID", &C::id), field(2, "Meta", &C::meta), field(3, "Spec", &C::spec),
                      field(4, "JoinSecrets", &C::join_secrets), field(5, "RootCA", &C::root_ca),
                      field(6, "GossipKeys", &C::gossip_keys), field(7, "TimeFloor", &C::time_floor),
                      field(8, "RemovedNodes", &C::removed_nodes),
                      field(9, "NextRaftID", &C::next_raft_id),
                      field(20, "GossipKeyStep", &C::gossip_key_step),
                      field(21, "GossipKeysKnown", &C::gossip_keys_known),
                      field(22, "GossipKeySince", &C::gossip_key_since)};
  }
  bool operator==(const Cluster&) const = default;
};

}  // namespace es
