#include <algorithm>

#include "core/base/planted_bug.h"
#include "core/model/removed_nodes.h"
#include "core/orchestrator/command.h"
#include "core/orchestrator/size.h"
#include "core/orchestrator/slot.h"
#include "core/orchestrator/validate.h"
#include "core/state/bounds.h"
#include "core/state/growth.h"
#include "core/wire/codec.h"

namespace es::orchestrator {

namespace {

using state::Draft;
using state::Ref;
using Outcome = Result<CommandAnswer>;

constexpr size_t kSecretBytes = 16;
// Of all services together; with the history of each slot the tables hold several times as many tasks.
constexpr uint64_t kMaxReplicasInAll = 10'000;
// Of the tables, after a command that puts them in order.
constexpr size_t kMaxBytesInOrder = state::kMaxStateBytes + state::kReservedStateBytes;

Error out_of_sequence() { return {Errc::kOutOfSequence, "update out of sequence"}; }
Error precondition(std::string message) { return {Errc::kPrecondition, std::move(message)}; }
Error unsupported(std::string message) { return {Errc::kUnsupported, std::move(message)}; }
Error name_conflict() { return {Errc::kConflict, "name conflicts with an existing object"}; }

// The version must be the current one, and no other command of the same draft may have come first.
template <class T>
bool is_current(const Draft& draft, const Ref<T>& object, Version version) {
  if (ES_PLANTED(version_not_checked)) return true;
  return object->meta.version == version &&
         state::find_row<T>(draft.base().rows<T>(), object->id) == object;
}

// What changes nothing leaves the version as it is, so it must not be in the way of another command of the draft either.
template <class T>
void put_if_changed(Draft& draft, const T& before, T after) {
  if (!(after == before)) draft.put(std::move(after));
}

bool same_mode(const ServiceMode& a, const ServiceMode& b) {
  return a.replicated.has_value() == b.replicated.has_value() &&
         a.global.has_value() == b.global.has_value() &&
         a.replicated_job.has_value() == b.replicated_job.has_value() &&
         a.global_job.has_value() == b.global_job.has_value();
}

uint64_t replicas_of(const ServiceSpec& spec) {
  if (spec.mode.replicated) return spec.mode.replicated->replicas.value_or(1);
  if (!spec.mode.replicated_job) return 0;
  const ReplicatedJobMode& job = *spec.mode.replicated_job;
  return job.total_completions.value_or(job.max_concurrent.value_or(1));
}

// A manager that joins, or was away for long, is sent the tables as one snapshot, which has a bound. What shrinks the tables is never refused.
Status take_room(const CommandContext& context, int64_t growth_bytes, size_t bound_bytes) {
  if (growth_bytes <= 0) return {};
  const size_t grown = context.state_bytes + static_cast<size_t>(growth_bytes);
  if (grown > bound_bytes) {
    return Error{Errc::kLimit, "the cluster's state would have " + std::to_string(grown) + " bytes, at most " +
                                   std::to_string(bound_bytes) + " are possible: remove services that are not needed"};
  }
  context.state_bytes = grown;
  return {};
}

// The bytes of a specification that are as many as its author likes. What is left out are a few, and put a full cluster in order: drains,
// promotions, limits, scaling.
size_t written_bytes(NodeSpec spec) {
  spec.role = {};
  spec.availability = {};
  return wire::encode(spec).size();
}

size_t written_bytes(ClusterSpec spec) {
  spec.task_history = {};
  spec.node_certificate_validity = {};
  return wire::encode(spec).size();
}

size_t written_bytes(ServiceSpec spec) {
  spec.mode = {};
  spec.update = {};
  spec.rollback = {};
  return wire::encode(spec).size();
}

template <class Spec>
Status take_room(const CommandContext& context, const Spec& before, const Spec& after) {
  return take_room(context, static_cast<int64_t>(written_bytes(after)) - static_cast<int64_t>(written_bytes(before)), state::kMaxStateBytes);
}

// The same for a service, which may also be too large by itself.
Status take_room_for(const CommandContext& context, const Draft& draft, const Service& before, const Service& after, size_t bound_bytes) {
  ES_CHECK(checked_size(after));
  return take_room(context, state::growth_bytes(draft.base(), before, after), bound_bytes);
}

// The tables are bounded, and a service that cannot be put into them must not hold up everybody else.
Status check_room(const Draft& draft, ServiceId id, const ServiceSpec& spec) {
  uint64_t replicas = replicas_of(spec);
  for (const Ref<Service>& other : draft.services()) {
    if (other->id != id) replicas += replicas_of(other->spec);
  }
  if (replicas <= kMaxReplicasInAll) return {};
  return Error{Errc::kLimit, "the services would have " + std::to_string(replicas) +
                                 " replicas together, at most " +
                                 std::to_string(kMaxReplicasInAll) + " are possible"};
}

Outcome run(const CreateService& command, Draft& draft, const CommandContext& context) {
  ES_CHECK(validate(command.spec));
  if (draft.service_by_name(command.spec.name) && !ES_PLANTED(name_taken_twice)) {
    return name_conflict();
  }
  if (state::is_full<Service>(draft)) {
    return Error{Errc::kLimit, "the cluster has " + std::to_string(state::kMaxRows) + " services, its bound"};
  }
  ES_CHECK(check_room(draft, ServiceId(), command.spec));
  Service service;
  service.id = ServiceId::draw(context.prng);
  service.spec = command.spec;
  if (is_job(service)) service.job_status = JobStatus{{}, context.wall};
  ES_TRY(const size_t bytes, checked_size(service));
  ES_CHECK(take_room(context, static_cast<int64_t>(bytes), state::kMaxStateBytes));
  CommandAnswer answer{service.id.to_string(), {}};
  draft.put(std::move(service));
  return answer;
}

void begin_next_run(Service& job, const CommandContext& context) {
  job.job_status = JobStatus{{job.job_status->iteration.index + 1}, context.wall};
}

Outcome roll_back(const Service& before, Draft& draft, const CommandContext& context) {
  if (!before.previous_spec)
    return precondition("service " + before.spec.name + " does not have a previous spec");
  Service after = before;
  std::swap(after.spec, *after.previous_spec);
  std::swap(after.spec_version, after.previous_spec_version);
  if (after.job_status) {
    begin_next_run(after, context);
  } else {
    after.update_status = UpdateStatus{.state = UpdateState::kRollbackStarted,
                                       .started_at = context.wall,
                                       .completed_at = {},
                                       .message = "manually requested rollback"};
  }
  ES_CHECK(take_room_for(context, draft, before, after, kMaxBytesInOrder));
  draft.put(std::move(after));
  return CommandAnswer{before.id.to_string(), {}};
}

Outcome run(const UpdateService& command, Draft& draft, const CommandContext& context) {
  const Ref<Service> before = draft.service(command.id);
  if (!before) return not_found("service " + command.id.to_string() + " not found");
  if (!command.rollback) ES_CHECK(validate(command.spec));
  if (!is_current(draft, before, command.version)) return out_of_sequence();
  if (command.rollback) return roll_back(*before, draft, context);
  if (command.spec.name != before->spec.name)
    return unsupported("renaming services is not supported");
  if (!same_mode(command.spec.mode, before->spec.mode))
    return unsupported("service mode change is not allowed");
  ES_CHECK(check_room(draft, command.id, command.spec));

  Service after = *before;
  after.previous_spec = before->spec;
  after.previous_spec_version = before->spec_version;
  after.spec = command.spec;
  after.spec_version = before->meta.version;
  after.update_status.reset();
  if (after.job_status) begin_next_run(after, context);
  const bool scales = after.spec.task == before->spec.task && written_bytes(after.spec) <= written_bytes(before->spec);
  ES_CHECK(take_room_for(context, draft, *before, after, scales ? kMaxBytesInOrder : state::kMaxStateBytes));
  draft.put(std::move(after));
  return CommandAnswer{command.id.to_string(), {}};
}

Outcome run(const RemoveService& command, Draft& draft, const CommandContext&) {
  if (!draft.service(command.id))
    return not_found("service " + command.id.to_string() + " not found");
  draft.remove(command.id);
  return CommandAnswer{command.id.to_string(), {}};
}

size_t count_managers(const Draft& draft) {
  const auto nodes = draft.nodes();
  return static_cast<size_t>(std::count_if(nodes.begin(), nodes.end(), [](const Ref<Node>& node) {
    return node->spec.role == NodeRole::kManager;
  }));
}

Outcome run(const UpdateNode& command, Draft& draft, const CommandContext& context) {
  const Ref<Node> before = draft.node(command.id);
  if (!before) return not_found("node " + command.id.to_string() + " not found");
  ES_CHECK(validate(command.spec));
  if (!is_current(draft, before, command.version)) return out_of_sequence();
  const bool demotes =
      before->spec.role == NodeRole::kManager && command.spec.role == NodeRole::kWorker;
  if (demotes && count_managers(draft) == 1)
    return precondition("attempting to demote the last manager of the swarm");
  if (!command.spec.name.empty()) {
    for (const Ref<Node>& other : draft.nodes()) {
      if (other->id != command.id && other->spec.name == command.spec.name) return name_conflict();
    }
  }
  Node after = *before;
  after.spec = command.spec;
  ES_CHECK(checked_size(after));
  ES_CHECK(take_room(context, before->spec, after.spec));
  put_if_changed(draft, *before, std::move(after));
  return CommandAnswer{command.id.to_string(), {}};
}

Outcome run(const RemoveNode& command, Draft& draft, const CommandContext& context) {
  const Ref<Node> node = draft.node(command.id);
  const std::string name = "node " + command.id.to_string();
  if (!node) return not_found(name + " not found");
  if (node->spec.role == NodeRole::kManager || node->manager) {
    return precondition(name +
                        " is a cluster manager and is a member of the raft cluster. It must be "
                        "demoted to worker before removal");
  }
  if (!command.force && context.liveness.of(command.id) == NodeState::kReady) {
    return precondition(name + " is not down and can't be removed");
  }
  if (const Ref<Cluster> before = draft.cluster()) {
    Cluster after = *before;
    add_removed(after.removed_nodes, command.id);
    draft.put(std::move(after));
  }
  draft.remove(command.id);
  return CommandAnswer{command.id.to_string(), {}};
}

bool is_secret_or_empty(const std::string& secret) {
  return secret.empty() || secret.size() == kSecretBytes;
}

Outcome run(const UpdateCluster& command, Draft& draft, const CommandContext& context) {
  const Ref<Cluster> before = draft.cluster();
  if (!before) return not_found("this node is not part of a cluster");
  const auto& fresh = command.fresh_secrets;
  if (!is_secret_or_empty(fresh.worker) || !is_secret_or_empty(fresh.manager)) {
    return invalid("a join secret is 16 bytes long");
  }
  ES_CHECK(validate(command.spec));
  if (!is_current(draft, before, command.version)) return out_of_sequence();
  if (command.spec.name != before->spec.name)
    return unsupported("renaming the cluster is not supported");
  Cluster after = *before;
  after.spec = command.spec;
  if (!fresh.worker.empty() && !ES_PLANTED(token_not_rotated)) after.join_secrets.worker = fresh.worker;
  if (!fresh.manager.empty()) after.join_secrets.manager = fresh.manager;
  ES_CHECK(checked_size(after));
  ES_CHECK(take_room(context, before->spec, after.spec));
  put_if_changed(draft, *before, std::move(after));
  return CommandAnswer{before->id.to_string(), {}};
}

}  // namespace

Result<CommandAnswer> execute(const Command& command, state::Draft& draft,
                              const CommandContext& context) {
  return std::visit([&](const auto& one) { return run(one, draft, context); }, command);
}

}  // namespace es::orchestrator
