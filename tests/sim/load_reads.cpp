// What a client of the simulated load sees.

#include <utility>

#include "tests/sim/fast_hash.h"
#include "core/wire/codec.h"
#include "tests/sim/load.h"

namespace es::sim {

uint64_t digest_of(const ServiceSpec& spec) {
  FastHash hash;
  hash.add(wire::encode(spec));
  return hash.value();
}

uint64_t digest_of(const NodeSpec& spec) {
  FastHash hash;
  hash.add(wire::encode(spec));
  return hash.value();
}

uint64_t digest_of(const es::Cluster& cluster) {
  FastHash hash;
  hash.add(wire::encode(cluster.spec));
  hash.add(wire::encode(cluster.join_secrets));
  return hash.value();
}

judge::Token Load::value_of(const Labels& labels, uint64_t digest) {
  const auto label = labels.find("w");
  if (label == labels.end()) return history_.token("first-" + std::to_string(digest));
  const auto sent = digests_.find(label->second);
  if (sent != digests_.end() && sent->second == digest) return history_.token(label->second);
  return history_.token(label->second + "-changed-" + std::to_string(digest));
}

void Load::record(judge::Operation operation, int64_t since, judge::Outcome outcome) {
  operation.invoked_at = since;
  history_.complete(history_.begin(operation), stamp(), outcome);
}

void Load::read(size_t client, Board& manager, bool everything, std::function<void(bool)> done) {
  const int64_t since = stamp();
  manager.read([this, client, &manager, everything, since, done = std::move(done)](const Status& status) {
    // Between the answer and now the board may have become a worker, and a worker has no tables.
    const bool answered = status.ok() && manager.is_up() && manager.node()->tables() != nullptr;
    if (answered) {
      const state::Tables& tables = *manager.node()->tables();
      note_services(client, tables, everything, since);
      note_nodes(client, tables, everything, since);
      note_cluster(client, tables, since);
    }
    done(answered);
  });
}

void Load::read_all(Board& manager, std::function<void(bool)> done) {
  read(options_.clients, manager, true, std::move(done));
}

// Some of them: each costs the judge as much as a write, and which ones is drawn.
void Load::note_services(size_t client, const state::Tables& tables, bool everything,
                         int64_t since) {
  for (const std::string& name : names_) {
    if (!everything && !prng_.chance(1, 2)) continue;
    const state::Ref<Service> service = tables.service_by_name(name);
    judge::Operation operation = this->operation(client, judge::Kind::kRead, "service/" + name);
    if (!service) {
      clients_[client].services.erase(name);
      record(operation, since, judge::Outcome::kAbsent);
      continue;
    }
    const auto made = service->spec.labels.find("made");
    operation.made = history_.token(made == service->spec.labels.end() ? "?" : made->second);
    operation.version = service->meta.version.index;
    operation.value = value_of(service->spec.labels, digest_of(service->spec));
    record(operation, since, judge::Outcome::kOk);
    clients_[client].services[name] = {{service->meta.version, operation.made}, service->id, service->spec};
  }
}

void Load::note_nodes(size_t client, const state::Tables& tables, bool everything, int64_t since) {
  for (const auto& [id, first] : first_specs_) {
    if (!everything && !prng_.chance(1, 3)) continue;
    const state::Ref<es::Node> node = tables.node(id);
    judge::Operation operation =
        this->operation(client, judge::Kind::kRead, "node/" + id.to_string());
    if (!node) {
      clients_[client].nodes.erase(id);
      record(operation, since, judge::Outcome::kAbsent);
      continue;
    }
    operation.version = node->meta.version.index;
    operation.value = value_of(node->spec.labels, digest_of(node->spec));
    record(operation, since, judge::Outcome::kOk);
    clients_[client].nodes[id] = {{node->meta.version, 0}, node->spec};
  }
}

void Load::note_cluster(size_t client, const state::Tables& tables, int64_t since) {
  const state::Ref<es::Cluster> cluster = tables.cluster();
  judge::Operation operation = this->operation(client, judge::Kind::kRead, "cluster");
  if (!cluster) return record(operation, since, judge::Outcome::kAbsent);
  operation.version = cluster->meta.version.index;
  operation.value = value_of(cluster->spec.labels, digest_of(*cluster));
  record(operation, since, judge::Outcome::kOk);
  clients_[client].cluster = {{cluster->meta.version, 0}, *cluster};
}

}  // namespace es::sim
