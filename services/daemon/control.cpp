#include "services/daemon/control.h"

#include <utility>

#include "core/state/bounds.h"
#include "platform/linux/cgroup/host.h"
#include "platform/linux/crypto/random.h"
#include "services/daemon/daemon.h"
#include "services/daemon/version.h"
#include "services/daemon/wall_clock.h"

namespace es::daemon {

namespace {

const Error kNoSwarm{Errc::kUnavailable, "This node is not part of a swarm"};

class Watch final : public api::Subscription {
 public:
  Watch(Daemon& daemon, uint64_t number) : daemon_(daemon), number_(number) {}
  ~Watch() override { daemon_.unwatch(number_); }

 private:
  Daemon& daemon_;
  uint64_t number_;
};

class Alarm final : public api::Subscription {
 public:
  Alarm(linux_net::Loop& loop, Duration delay, std::function<void()> callback)
      // The callback may destroy this object, so it runs from a copy.
      : timer_(loop, [callback = std::move(callback)] {
          const auto call = callback;
          call();
        }) {
    timer_.after(delay);
  }

 private:
  linux_net::Timer timer_;
};

class Logs final : public api::LogStream {
 public:
  Logs(Daemon& daemon, uint64_t stream) : daemon_(daemon), stream_(stream) {}
  ~Logs() override {
    if (Member* member = daemon_.member()) member->logs().close(stream_);
  }
  void pause(bool paused) override {
    if (Member* member = daemon_.member()) member->logs().pause(stream_, paused);
  }

 private:
  Daemon& daemon_;
  uint64_t stream_;
};

class Load final : public api::ImageLoad {
 public:
  explicit Load(std::unique_ptr<images::ImageUpload> upload) : upload_(std::move(upload)) {}
  void feed(std::string_view piece) override { upload_->feed(piece); }
  void finish() override { upload_->finish(); }

 private:
  std::unique_ptr<images::ImageUpload> upload_;
};

api::Metric counter(std::string name, std::string help, uint64_t value) {
  return {std::move(name), std::move(help), true, {}, static_cast<double>(value)};
}

api::Metric gauge(std::string name, std::string help, uint64_t value) {
  return {std::move(name), std::move(help), false, {}, static_cast<double>(value)};
}

}  // namespace

api::LocalStatus Control::status() const {
  api::LocalStatus status;
  status.error = daemon_.trouble();
  const Member* member = daemon_.member();
  if (member == nullptr) {
    if (daemon_.is_joining()) status.state = api::SwarmState::kPending;
    else if (!status.error.empty()) status.state = api::SwarmState::kError;
    return status;
  }
  status.state = api::SwarmState::kActive;
  if (const auto trouble = member->node().disk_trouble()) status.error = *trouble;
  if (const auto& why = member->node().kept_out()) status.error = *why;
  status.node = member->node().membership().node;
  status.address = member->node().membership().address;
  status.is_manager = member->node().tables() != nullptr;
  status.leader = member->node().leader();
  for (const wire::ManagerAddress& manager : member->node().managers()) {
    status.managers.push_back({manager.node, manager.address});
  }
  return status;
}

ports::BoardFacts Control::board() const { return daemon_.board(); }

api::DaemonFacts Control::facts() const {
  api::DaemonFacts facts;
  facts.version = kVersion;
  facts.data_folder = daemon_.options().data_dir;
  facts.cgroup_version = cgroup::detect().layout == cgroup::Layout::kV2 ? "2" : "1";
  facts.runtime = daemon_.has_runtime() ? "crun" : "";
  facts.warnings = daemon_.warnings();
  return facts;
}

NodeDescription Control::description() const { return daemon_.description(); }

std::vector<Task> Control::local_tasks() const {
  std::vector<Task> tasks;
  if (const Member* member = daemon_.member()) {
    for (const auto& [id, local] : member->node().agent().tasks()) {
      tasks.push_back(local.task);
      tasks.back().status = local.status;
    }
  }
  return tasks;
}

std::optional<TaskStatus> Control::seen_here(TaskId task) const {
  const Member* member = daemon_.member();
  if (member == nullptr) return std::nullopt;
  const auto& tasks = member->node().agent().tasks();
  const auto local = tasks.find(task);
  if (local == tasks.end() || local->second.of_earlier_run) return std::nullopt;
  return local->second.status;
}

WallTime Control::now() const { return wall_now(); }

std::unique_ptr<api::Subscription> Control::after(Duration delay, std::function<void()> callback) {
  return std::make_unique<Alarm>(daemon_.loop(), delay, std::move(callback));
}

std::string Control::random_bytes(size_t count) { return crypto::random_bytes(count); }

std::vector<api::Metric> Control::metrics() const {
  const store::StoreCounters store = daemon_.store_counters();
  std::vector<api::Metric> all{
      counter("edgeswarm_store_transactions_total", "Transactions made durable", store.transactions),
      counter("edgeswarm_store_written_bytes_total", "Bytes handed to the file system", store.written_bytes),
      counter("edgeswarm_store_flushes_total", "Flushes of the medium", store.flushes),
      counter("edgeswarm_store_rejected_total", "Batches that found the queue full", store.rejected),
      gauge("edgeswarm_store_queued", "Batches that wait for the medium", store.queued)};
  const Member* member = daemon_.member();
  if (member == nullptr) return all;
  const node::WriteQueue& writes = member->node().writes();
  all.push_back(gauge("edgeswarm_node_writes_waiting", "Writes that wait for the store", writes.waiting()));
  all.push_back(gauge("edgeswarm_node_write_bytes_waiting", "Bytes that wait for the store",
                      writes.waiting_bytes()));
  all.push_back(counter("edgeswarm_node_writes_retried_total",
                        "Writes that the store had no room for at first", writes.counters().retried));
  all.push_back(counter("edgeswarm_node_held_back_total",
                        "Messages dropped because too much waited for the store",
                        writes.counters().held_back));
  const gossip::Counters& gossip = member->node().gossip().counters();
  all.push_back(counter("edgeswarm_gossip_probes_total", "Probes of other nodes", gossip.probes));
  all.push_back(counter("edgeswarm_gossip_probes_failed_total", "Probes without an answer", gossip.probes_failed));
  all.push_back(counter("edgeswarm_gossip_malformed_total", "Datagrams that no member wrote", gossip.malformed));
  all.push_back(counter("edgeswarm_gossip_unreadable_total", "Datagrams that no key opened",
                        member->gossip_socket().counters().unreadable));
  const linux_net::TlsTransport::Counters& links = member->links().counters();
  all.push_back(counter("edgeswarm_links_refused_total", "Peers refused for who they are", links.refused));
  all.push_back(counter("edgeswarm_links_protocol_errors_total", "Connections ended for garbage", links.protocol_errors));
  all.push_back(counter("edgeswarm_links_sends_refused_total", "Messages dropped at a full queue", links.sends_refused));
  all.push_back(gauge("edgeswarm_links", "Open connections", member->links().connection_count()));
  all.push_back(gauge("edgeswarm_tasks", "Tasks that this node knows", member->node().agent().tasks().size()));
  if (const node::Replica* replica = member->node().replica()) {
    all.push_back(gauge("edgeswarm_raft_term", "Raft term", replica->raft().term()));
    all.push_back(gauge("edgeswarm_raft_commit_index", "Entries known to be committed", replica->raft().commit_index()));
    all.push_back(gauge("edgeswarm_raft_log_bytes", "Log kept in memory", replica->raft().log().bytes()));
    all.push_back(gauge("edgeswarm_state_bytes",
                        "The cluster's state as a snapshot; above " + std::to_string(state::kMaxStateBytes) + " what makes it grow is refused",
                        replica->state_bytes()));
    all.push_back(gauge("edgeswarm_raft_leader", "1 while this node leads", replica->leads() ? 1 : 0));
  }
  return all;
}

const state::Tables* Control::tables() const {
  const Member* member = daemon_.member();
  return member == nullptr ? nullptr : member->node().tables();
}

NodeState Control::liveness(NodeId node) const {
  const Member* member = daemon_.member();
  return member == nullptr ? NodeState::kUnknown : member->node().liveness(node);
}

std::string Control::liveness_message(NodeId node) const {
  const Member* member = daemon_.member();
  return member == nullptr ? std::string() : member->node().liveness_message(node);
}

// The leader knows who answers it; the others go by gossip.
bool Control::is_reachable(NodeId manager) const {
  const Member* member = daemon_.member();
  if (member == nullptr) return false;
  const node::Replica* replica = member->node().replica();
  if (replica != nullptr && replica->leads() && manager != member->node().membership().node) {
    const auto raft_id = replica->raft_id_of(manager);
    const auto status = raft_id ? replica->raft().progress(*raft_id) : std::nullopt;
    return status && status->recent_active;
  }
  return member->node().liveness(manager) == NodeState::kReady;
}

std::string Control::join_token(NodeRole role) const {
  const state::Tables* known = tables();
  const auto cluster = known == nullptr ? nullptr : known->cluster();
  if (!cluster) return {};
  identity::JoinToken token;
  token.role = role;
  const auto digest = crypto::sha256(cluster->root_ca.certificate);
  token.ca_digest = std::string(crypto::view(digest));
  token.secret = role == NodeRole::kManager ? cluster->join_secrets.manager : cluster->join_secrets.worker;
  for (const wire::ManagerAddress& manager : daemon_.member()->node().replica()->managers()) {
    token.managers.push_back(manager.address);
  }
  return token.to_string();
}

api::TrustInfo Control::trust() const {
  api::TrustInfo trust;
  if (const Member* member = daemon_.member()) trust.root_pem = member->identity().issuer().to_pem();
  return trust;
}

void Control::barrier(api::Done<void> done) {
  if (Member* member = daemon_.member()) member->driver().barrier(std::move(done));
  else done(kNoSwarm);
}

void Control::submit(orchestrator::Command command, api::Done<orchestrator::CommandAnswer> done) {
  if (Member* member = daemon_.member()) member->driver().submit(std::move(command), std::move(done));
  else done(kNoSwarm);
}

std::unique_ptr<api::Subscription> Control::watch(std::function<void(const state::Event&)> on_event) {
  return std::make_unique<Watch>(daemon_, daemon_.watch(std::move(on_event)));
}

std::unique_ptr<api::LogStream> Control::fetch_logs(NodeId node, const wire::LogRequest& request,
                                                    std::function<void(wire::LogBatch)> on_batch) {
  Member* member = daemon_.member();
  if (member == nullptr) {
    on_batch({{}, true, kNoSwarm.message});
    return nullptr;
  }
  return std::make_unique<Logs>(daemon_, member->logs().open(node, request, std::move(on_batch)));
}

void Control::init(api::InitOptions options, api::Done<NodeId> done) { daemon_.init(options, std::move(done)); }

void Control::join(api::JoinOptions options, api::Done<void> done) { daemon_.join(options, std::move(done)); }

void Control::leave(bool force, api::Done<void> done) { daemon_.leave(force, std::move(done)); }

ports::Images& Control::images() { return daemon_.images(); }

std::unique_ptr<api::ImageLoad> Control::load_image(api::ImageLoad::Events events) {
  return std::make_unique<Load>(daemon_.images().load({std::move(events.flow), std::move(events.done)}));
}

}  // namespace es::daemon
