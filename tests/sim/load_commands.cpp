// What a client of the simulated load asks for.

#include <iterator>
#include <utility>

#include "tests/sim/load.h"

namespace es::sim {

namespace {

judge::Outcome outcome_of(judge::Kind kind, const Error& error) {
  switch (error.code) {
    // They say that nothing was changed; and why, which the judge believes no more than that.
    case Errc::kConflict:
      return kind == judge::Kind::kCreate ? judge::Outcome::kExists : judge::Outcome::kFailed;
    case Errc::kNotFound: return judge::Outcome::kMissing;
    case Errc::kInvalid:
    case Errc::kOutOfSequence:
    case Errc::kPrecondition:
    case Errc::kUnauthorized:
    case Errc::kUnsupported:
    case Errc::kLimit: return judge::Outcome::kFailed;
    // Whoever hears one of these has to look.
    case Errc::kUnavailable:
    case Errc::kCorrupt:
    case Errc::kIo:
    case Errc::kTimeout: return judge::Outcome::kUnknown;
  }
  return judge::Outcome::kUnknown;
}

template <class T>
bool is_older(const state::Ref<T>& object, Version version) {
  return object && object->meta.version <= version;
}

// Whether the tables cannot hold what the command did: the object is as it was before.
bool is_unchanged(const orchestrator::Command& command, const state::Tables& tables) {
  if (const auto* service = std::get_if<orchestrator::UpdateService>(&command)) {
    return is_older(tables.service(service->id), service->version);
  }
  if (const auto* node = std::get_if<orchestrator::UpdateNode>(&command)) {
    return is_older(tables.node(node->id), node->version);
  }
  const auto* cluster = std::get_if<orchestrator::UpdateCluster>(&command);
  return cluster != nullptr && is_older(tables.cluster(), cluster->version);
}

// What is_unchanged() looks at, without the specification.
orchestrator::Command without_spec(const orchestrator::Command& command) {
  if (const auto* service = std::get_if<orchestrator::UpdateService>(&command)) {
    return orchestrator::UpdateService{service->id, service->version, {}, false};
  }
  if (const auto* node = std::get_if<orchestrator::UpdateNode>(&command)) {
    return orchestrator::UpdateNode{node->id, node->version, {}};
  }
  const auto* cluster = std::get_if<orchestrator::UpdateCluster>(&command);
  if (cluster == nullptr) return orchestrator::RemoveService{};
  return orchestrator::UpdateCluster{cluster->version, {}, {}};
}

template <class Map>
auto draw_from(Prng& prng, Map& map) {
  return std::next(map.begin(), static_cast<std::ptrdiff_t>(prng.below(map.size())));
}

}  // namespace

void Load::submit(Board& manager, judge::Operation operation, orchestrator::Command command,
                  Done done) {
  operation.invoked_at = stamp();
  const size_t place = history_.begin(operation);
  const judge::Kind kind = operation.kind;
  orchestrator::Command asked = without_spec(command);
  manager.command(std::move(command),
                  [this, place, kind, &manager, asked = std::move(asked), done = std::move(done)](
                      const Result<orchestrator::CommandAnswer>& answer) {
    const judge::Outcome outcome =
        answer.ok() ? judge::Outcome::kOk : outcome_of(kind, answer.error());
    history_.complete(place, stamp(), outcome);
    // A client reads its own writes on the manager that it talks to, also without a barrier.
    const state::Tables* tables = manager.is_up() ? manager.node()->tables() : nullptr;
    if (answer.ok() && tables != nullptr && is_unchanged(asked, *tables) && violation_.empty()) {
      violation_ = manager.name() + " answered before its own tables held the write: " +
                   history_.text(history_.operations()[place]);
    }
    done();
  });
}

std::string Load::number(Labels& labels) {
  return labels["w"] = "w" + std::to_string(++last_write_);
}

void Load::write(size_t client, Board& manager, Done done) {
  const uint64_t what = prng_.below(100);
  const size_t big = prng_.chance(1, 8) ? prng_.below(options_.big_bytes_max) : 0;
  if (what < 30) return create_service(client, manager, big, std::move(done));
  if (what < 75) return change_service(client, manager, std::move(done));
  if (what < 90) return change_node(client, manager, std::move(done));
  change_cluster(client, manager, std::move(done));
}

ServiceSpec Load::draw_spec(const std::string& name, size_t big_bytes) {
  ServiceSpec spec;
  spec.name = name;
  spec.task.container.image = prng_.chance(1, 6) ? "crash" : "steady";
  Resources& reservations = spec.task.resources.reservations;
  reservations.memory_bytes = static_cast<int64_t>(prng_.below(3)) * ((32 << 20) + 1);
  reservations.cpu_nano = static_cast<int64_t>(prng_.below(3)) * 100'000'000;
  if (prng_.chance(1, 20)) reservations.memory_bytes = 1'000 << 20;
  spec.task.restart.delay = milliseconds(static_cast<int64_t>(prng_.below(3'000)));
  if (prng_.chance(1, 4)) spec.task.restart.max_attempts = 1 + prng_.below(3);
  if (prng_.chance(1, 6)) {
    spec.mode.global.emplace();
    reservations = {};
  } else if (prng_.chance(1, 8)) {
    spec.mode.replicated_job = ReplicatedJobMode{1 + prng_.below(3), 1 + prng_.below(4)};
    spec.task.container.image = "once";
  } else {
    spec.mode.replicated = ReplicatedMode{prng_.below(6)};
  }
  if (big_bytes > 0) spec.task.container.env.push_back("BIG=" + std::string(big_bytes, 'b'));
  return spec;
}

void Load::create_service(size_t client, Board& manager, size_t big_bytes, Done done) {
  const std::string name = "s" + std::to_string(prng_.below(2 * options_.max_services));
  // A big one is there to be stored, not to be run.
  const bool burst = big_bytes > options_.big_bytes_max;
  ServiceSpec spec = draw_spec(burst ? "big" + std::to_string(client) : name, big_bytes);
  if (burst) {
    spec.mode = {};
    spec.mode.replicated = ReplicatedMode{0};
    spec.task.container.image = "steady";
  }
  judge::Operation operation =
      this->operation(client, judge::Kind::kCreate, "service/" + spec.name);
  const std::string write = number(spec.labels);
  spec.labels["made"] = write;
  operation.made = operation.value = history_.token(write);
  digests_[write] = digest_of(spec);
  names_.insert(spec.name);
  submit(manager, operation, orchestrator::CreateService{std::move(spec)}, std::move(done));
}

void Load::change_service(size_t client, Board& manager, Done done) {
  auto& services = clients_[client].services;
  if (services.empty()) return create_service(client, manager, 0, std::move(done));
  const auto& [name, seen] = *draw_from(prng_, services);
  const std::string object = "service/" + name;
  const uint64_t what = prng_.below(100);
  if (what < 25) {
    return submit(manager, operation(client, judge::Kind::kRemove, object, seen),
                  orchestrator::RemoveService{seen.id}, std::move(done));
  }
  judge::Operation operation = this->operation(client, judge::Kind::kUpdate, object, seen);
  orchestrator::UpdateService update{seen.id, seen.version, seen.spec, what < 35};
  if (update.rollback) {
    operation.kind = judge::Kind::kRollback;
  } else {
    ServiceSpec& spec = update.spec;
    if (spec.mode.replicated && what < 75) spec.mode.replicated->replicas = prng_.below(6);
    else if (what < 90) ++spec.task.force_update;
    else spec.task.container.env = {"CHANGED=" + std::string(prng_.below(options_.big_bytes_max), 'c')};
    const std::string write = number(spec.labels);
    operation.value = history_.token(write);
    digests_[write] = digest_of(spec);
  }
  submit(manager, operation, std::move(update), std::move(done));
}

void Load::change_node(size_t client, Board& manager, Done done) {
  auto& nodes = clients_[client].nodes;
  if (nodes.empty()) return done();
  const auto& [id, known] = *draw_from(prng_, nodes);
  NodeSpec spec = known.second;
  const uint64_t what = prng_.below(10);
  if (what < 5) {
    spec.labels["zone"] = "z" + std::to_string(prng_.below(3));
  } else if (what < 8 || !options_.changes_roles) {
    spec.availability = static_cast<NodeAvailability>(prng_.below(3));
  } else {
    spec.role = spec.role == NodeRole::kManager ? NodeRole::kWorker : NodeRole::kManager;
  }
  send_node(client, manager, id, known.first, std::move(spec), std::move(done));
}

void Load::send_node(size_t client, Board& manager, NodeId id, const Seen& seen, NodeSpec spec,
                     Done done) {
  judge::Operation operation =
      this->operation(client, judge::Kind::kUpdate, "node/" + id.to_string(), seen);
  const std::string write = number(spec.labels);
  operation.value = history_.token(write);
  digests_[write] = digest_of(spec);
  submit(manager, operation, orchestrator::UpdateNode{id, seen.version, std::move(spec)},
         std::move(done));
}

void Load::change_cluster(size_t client, Board& manager, Done done) {
  const auto& known = clients_[client].cluster;
  if (!known) return done();
  es::Cluster after = known->second;
  orchestrator::UpdateCluster update{known->first.version, after.spec, {}};
  const uint64_t what = prng_.below(4);
  if (what == 0) update.spec.task_history = static_cast<int64_t>(1 + prng_.below(5));
  if (what == 1) update.fresh_secrets.worker = std::string(16, static_cast<char>(prng_.below(256)));
  if (what == 2) update.fresh_secrets.manager = std::string(16, static_cast<char>(prng_.below(256)));
  const std::string write = number(update.spec.labels);
  after.spec = update.spec;
  if (what == 1) after.join_secrets.worker = update.fresh_secrets.worker;
  if (what == 2) after.join_secrets.manager = update.fresh_secrets.manager;
  judge::Operation operation =
      this->operation(client, judge::Kind::kUpdate, "cluster", known->first);
  operation.value = history_.token(write);
  digests_[write] = digest_of(after);
  submit(manager, operation, std::move(update), std::move(done));
}

}  // namespace es::sim
