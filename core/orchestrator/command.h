#pragma once
// Command: what a user asks of the cluster. Commands travel from any manager to the leader, which
// executes them on a draft.

#include <string>
#include <variant>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/prng.h"
#include "core/base/result.h"
#include "core/model/cluster.h"
#include "core/model/node.h"
#include "core/model/service.h"
#include "core/state/draft.h"
#include "core/state/liveness.h"

namespace es::orchestrator {

struct CreateService {
  ServiceSpec spec;

  static constexpr auto fields() { return std::tuple{field(1, "Spec", &CreateService::spec)}; }
  bool operator==(const CreateService&) const = default;
};

struct UpdateService {
  ServiceId id;
  Version version;  // the update is based on
  ServiceSpec spec;
  bool rollback = false;  // back to the previous spec; `spec` is not looked at

  static constexpr auto fields() {
    using U = UpdateService;
    return std::tuple{field(1, "ID", &U::id), field(2, "Version", &U::version),
                      field(3, "Spec", &U::spec), field(4, "Rollback", &U::rollback)};
  }
  bool operator==(const UpdateService&) const = default;
};

struct RemoveService {
  ServiceId id;

  static constexpr auto fields() { return std::tuple{field(1, "ID", &RemoveService::id)}; }
  bool operator==(const RemoveService&) const = default;
};

struct UpdateNode {
  NodeId id;
  Version version;
  NodeSpec spec;

  static constexpr auto fields() {
    return std::tuple{field(1, "ID", &UpdateNode::id), field(2, "Version", &UpdateNode::version),
                      field(3, "Spec", &UpdateNode::spec)};
  }
  bool operator==(const UpdateNode&) const = default;
};

struct RemoveNode {
  NodeId id;
  bool force = false;  // although it is ready

  static constexpr auto fields() {
    return std::tuple{field(1, "ID", &RemoveNode::id), field(2, "Force", &RemoveNode::force)};
  }
  bool operator==(const RemoveNode&) const = default;
};

struct UpdateCluster {
  Version version;
  ClusterSpec spec;
  JoinSecrets fresh_secrets;  // 16 random bytes replace that secret; empty: it stays

  static constexpr auto fields() {
    using U = UpdateCluster;
    return std::tuple{field(1, "Version", &U::version), field(2, "Spec", &U::spec),
                      field(3, "FreshSecrets", &U::fresh_secrets)};
  }
  bool operator==(const UpdateCluster&) const = default;
};

// The order is the wire's: new commands go last.
using Command = std::variant<CreateService, UpdateService, RemoveService, UpdateNode, RemoveNode,
                             UpdateCluster>;

struct CommandAnswer {
  std::string id;  // of the object that was made, changed or removed
  std::vector<std::string> warnings;

  static constexpr auto fields() {
    return std::tuple{field(1, "ID", &CommandAnswer::id),
                      field(2, "Warnings", &CommandAnswer::warnings)};
  }
  bool operator==(const CommandAnswer&) const = default;
};

struct CommandContext {
  const state::Liveness& liveness;
  WallTime wall;
  Prng& prng;  // draws ids
  size_t& state_bytes;  // of the tables as a snapshot, about; execute() adds what the command makes them grow
};

// Validates the command and writes what it asks for into the draft; nothing when it fails. The
// errors are in Swarm's words where its users know them:
//   kInvalid        the specification is wrong
//   kNotFound       no such object
//   kConflict       the name is taken
//   kOutOfSequence  the version is not the current one, or another command of the same draft changed the object
//   kPrecondition   not in this state of the cluster (the last manager, a node that is not down, no previous spec)
//   kUnsupported    what Swarm refuses too: another mode, another name
//   kLimit          there would be too much of something (state/bounds.h)
Result<CommandAnswer> execute(const Command& command, state::Draft& draft,
                              const CommandContext& context);

// What `service create` would refuse whatever the cluster's state is. For dry runs of the API.
// Errors: kInvalid, kUnsupported.
Status validate(const ServiceSpec& spec);

}  // namespace es::orchestrator
