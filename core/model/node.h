#pragma once
// Node: a member of the cluster. Its liveness is not here: that is gossip's, and liveness never enters the log (DESIGN D3).

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/model/address.h"
#include "core/model/meta.h"
#include "core/model/platform.h"
#include "core/model/resources.h"

namespace es {

enum class NodeRole : uint8_t { kWorker = 0, kManager = 1 };
constexpr auto enum_names(NodeRole) {
  return std::array{EnumName{NodeRole::kWorker, "worker"}, EnumName{NodeRole::kManager, "manager"}};
}

enum class NodeAvailability : uint8_t { kActive = 0, kPause = 1, kDrain = 2 };
constexpr auto enum_names(NodeAvailability) {
  return std::array{EnumName{NodeAvailability::kActive, "active"}, EnumName{NodeAvailability::kPause, "pause"},
                    EnumName{NodeAvailability::kDrain, "drain"}};
}

// As the leader sees it through gossip and sessions; Swarm's names.
enum class NodeState : uint8_t { kUnknown = 0, kDown = 1, kReady = 2, kDisconnected = 3 };
constexpr auto enum_names(NodeState) {
  return std::array{EnumName{NodeState::kUnknown, "unknown"}, EnumName{NodeState::kDown, "down"},
                    EnumName{NodeState::kReady, "ready"}, EnumName{NodeState::kDisconnected, "disconnected"}};
}

struct NodeSpec {
  std::string name;
  Labels labels;
  NodeRole role = NodeRole::kWorker;
  NodeAvailability availability = NodeAvailability::kActive;
  std::string unknown_fields;

  static constexpr auto fields() {
    return std::tuple{field(1, "Name", &NodeSpec::name), field(2, "Labels", &NodeSpec::labels),
                      field(3, "Role", &NodeSpec::role), field(4, "Availability", &NodeSpec::availability)};
  }
  bool operator==(const NodeSpec&) const = default;
};

// What the node says of itself when it joins and whenever it changes.
struct NodeDescription {
  std::string hostname;
  Platform platform;
  Resources resources;  // allocatable: board total - system reserve - what edgeswarm itself takes (DESIGN D5)
  std::string engine_version;
  Labels engine_labels;
  bool memory_controller = true;  // false: no memory reservations are offered

  static constexpr auto fields() {
    return std::tuple{field(1, "Hostname", &NodeDescription::hostname),
                      field(2, "Platform", &NodeDescription::platform),
                      field(3, "Resources", &NodeDescription::resources),
                      field(4, "EngineVersion", &NodeDescription::engine_version),
                      field(5, "EngineLabels", &NodeDescription::engine_labels),
                      field(6, "MemoryController", &NodeDescription::memory_controller)};
  }
  bool operator==(const NodeDescription&) const = default;
};

// A node's part in Raft; present while the node is, or is becoming, a member of it.
struct ManagerInfo {
  uint64_t raft_id = 0;  // never used again once removed

  static constexpr auto fields() { return std::tuple{field(1, "RaftID", &ManagerInfo::raft_id)}; }
  bool operator==(const ManagerInfo&) const = default;
};

struct Node {
  NodeId id;
  Meta meta;
  NodeSpec spec;
  NodeDescription description;
  SocketAddress address;  // where its control port answers
  std::optional<ManagerInfo> manager;
  NodeRole certificate_role = NodeRole::kWorker;  // what its certificate says; follows spec.role
  // Of the start of its daemon that was let in last, and of the one let in before that (core/node/doorkeeper.h). 0: none yet.
  uint64_t incarnation = 0;
  uint64_t earlier_incarnation = 0;
  std::string unknown_fields;

  static constexpr auto fields() {
    return std::tuple{field(1, "ID", &Node::id), field(2, "Meta", &Node::meta), field(3, "Spec", &Node::spec),
                      field(4, "Description", &Node::description), field(5, "Address", &Node::address),
                      field(6, "Manager", &Node::manager),
                      field(7, "CertificateRole", &Node::certificate_role),
                      field(8, "Incarnation", &Node::incarnation),
                      field(9, "EarlierIncarnation", &Node::earlier_incarnation)};
  }
  bool operator==(const Node&) const = default;
};

}  // namespace es
