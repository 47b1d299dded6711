#include "tests/sim/load.h"

#include <algorithm>
#include <utility>

#include "tests/judge/linearizability.h"

namespace es::sim {

namespace {

// A service that reserves more than this for a task may find no room, and is removed in the end.
constexpr int64_t kGreedyBytes = 128 << 20;

}  // namespace

Load::Load(Cluster& cluster, uint64_t seed, LoadOptions options)
    : cluster_(cluster), prng_(seed), options_(options) {
  // The last client is the one who tidies up and looks at everything in the end.
  for (size_t i = 0; i <= options_.clients; ++i) {
    Client client;
    client.name = history_.token(i < options_.clients ? "c" + std::to_string(i) : "last");
    clients_.push_back(std::move(client));
  }
}

// Times are virtual, and none is told twice: what follows an answer began after it.
int64_t Load::stamp() {
  last_stamp_ = std::max(last_stamp_ + 1, cluster_.world().schedule.now().ns);
  return last_stamp_;
}

judge::Operation Load::operation(size_t client, judge::Kind kind, const std::string& object,
                                 const Seen& seen) {
  judge::Operation one;
  one.client = clients_[client].name;
  one.object = history_.token(object);
  one.kind = kind;
  one.made = seen.made;
  one.version = seen.version.index;
  return one;
}

Board* Load::draw_manager() {
  std::vector<size_t> managers;
  for (size_t i = 0; i < cluster_.size(); ++i) {
    const Board& board = cluster_.board(i);
    if (board.is_up() && board.node()->tables() != nullptr) managers.push_back(i);
  }
  if (managers.empty()) return nullptr;
  return &cluster_.board(managers[prng_.below(managers.size())]);
}

void Load::start() {
  const state::Tables& tables = *cluster_.tables();
  for (const auto& [id, node] : tables.rows<es::Node>()) first_specs_[id] = node->spec;
  // What is there already was made before everything else.
  const auto exists = [this](const std::string& object, judge::Token value) {
    judge::Operation one = operation(0, judge::Kind::kCreate, object);
    one.value = value;
    one.invoked_at = one.completed_at = last_stamp_;
    history_.complete(history_.begin(one), last_stamp_, judge::Outcome::kOk);
  };
  for (const auto& [id, node] : tables.rows<es::Node>()) {
    exists("node/" + id.to_string(), value_of(node->spec.labels, digest_of(node->spec)));
  }
  exists("cluster", value_of(tables.cluster()->spec.labels, digest_of(*tables.cluster())));
  running_ = true;
  for (size_t i = 0; i < options_.clients; ++i) wait(i);
  if (options_.burst_clients == 0) return;
  cluster_.world().schedule.after(seconds(static_cast<int64_t>(2 + prng_.below(15))), [this] {
    if (running_) burst();
  });
}

void Load::wait(size_t client) {
  const uint64_t range = static_cast<uint64_t>((options_.pause_max - options_.pause_min).ns);
  const Duration pause = options_.pause_min + Duration{static_cast<int64_t>(prng_.below(range + 1))};
  cluster_.world().schedule.after(pause, [this, client] {
    if (running_) act(client);
  });
}

void Load::act(size_t client) {
  Board* manager = draw_manager();
  if (manager == nullptr) return wait(client);
  const auto next = [this, client] { wait(client); };
  // Now and then from what was seen a while ago: a version that is not the current one any more.
  if (prng_.chance(1, 10)) return write(client, *manager, next);
  read(client, *manager, false, [this, client, next](bool answered) {
    Board* again = draw_manager();
    if (!answered || !running_ || again == nullptr || prng_.chance(1, 3)) return next();
    write(client, *again, next);
  });
}

void Load::burst() {
  const size_t first = clients_.size();
  for (size_t i = 0; i < options_.burst_clients; ++i) {
    Client client;
    client.name = history_.token("burst" + std::to_string(i));
    clients_.push_back(std::move(client));
    if (Board* manager = draw_manager()) {
      create_service(first + i, *manager, 300'000 + prng_.below(180'000), [] {});
    }
  }
  const state::Tables* tables = cluster_.tables();
  Board* manager = draw_manager();
  if (tables == nullptr || manager == nullptr) return;
  const state::Ref<es::Node> node = tables->rows<es::Node>().begin()->second;
  NodeSpec spec = node->spec;
  spec.labels["huge"] = std::string(3'000'000, 'x');
  send_node(first, *manager, node->id, {node->meta.version, 0}, std::move(spec), [] {});
}

bool Load::tidy_node(const es::Node& node, Board& manager) {
  const auto first = first_specs_.find(node.id);
  if (first == first_specs_.end()) return false;
  if (node.spec.role == first->second.role &&
      node.spec.availability == first->second.availability) {
    return false;
  }
  NodeSpec spec = node.spec;
  spec.role = first->second.role;
  spec.availability = first->second.availability;
  ++tidying_;
  send_node(options_.clients, manager, node.id, {node.meta.version, 0}, std::move(spec),
            [this] { --tidying_; });
  return true;
}

bool Load::tidy() {
  if (tidying_ > 0) return false;
  Board* manager = cluster_.leader();
  if (manager == nullptr) return false;
  // A copy: what is asked for may be answered, and change the tables, at once.
  const state::Tables tables = *manager->node()->tables();
  bool clean = true;
  for (const auto& [id, node] : tables.rows<es::Node>()) {
    if (tidy_node(*node, *manager)) clean = false;
  }
  for (const auto& [id, service] : tables.rows<Service>()) {
    if (service->spec.task.resources.reservations.memory_bytes <= kGreedyBytes) continue;
    clean = false;
    ++tidying_;
    const auto made = service->spec.labels.find("made");
    const Seen seen{service->meta.version,
                    history_.token(made == service->spec.labels.end() ? "?" : made->second)};
    submit(*manager, operation(options_.clients, judge::Kind::kRemove,
                               "service/" + service->spec.name, seen),
           orchestrator::RemoveService{id}, [this] { --tidying_; });
  }
  return clean;
}

std::string Load::verdict() const {
  if (!violation_.empty()) return violation_;
  const judge::Verdict verdict = judge::judge(history_);
  return verdict.explained() ? std::string() : verdict.text;
}

}  // namespace es::sim
