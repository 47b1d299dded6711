// What the driver decides by itself: the order of events, full queues, goodbyes, envelopes, images.

#include <doctest.h>

#include <string>
#include <vector>

#include "core/driver/driver.h"
#include "core/wire/codec.h"

namespace es::driver {

namespace {

// Ports that remember what was asked of them, around the only manager of a cluster.
class Bench final : private ports::Transport,
                    private ports::Clock,
                    private ports::Store,
                    private ports::Signer,
                    private ports::Images,
                    private ports::Runtime,
                    private Host {
 public:
  Bench() {
    Prng prng(5);
    es::Cluster cluster;
    cluster.id = ClusterId::draw(prng);
    cluster.gossip_keys = {std::string(16, 'k')};
    cluster.join_secrets = {std::string(16, 'm'), std::string(16, 'w')};
    cluster.next_raft_id = 2;
    es::Node self;
    self.id = NodeId::draw(prng);
    self.spec.role = NodeRole::kManager;
    self.certificate_role = NodeRole::kManager;
    self.address = {"10.0.0.1", 2377};
    self.manager = ManagerInfo{1};
    self.description.platform = {"arm64", "linux", "v8"};
    self.description.resources.cpu_nano = 1'000'000'000;
    self.description.resources.memory_bytes = 1 << 30;
    const ports::Batch first = node::Node::first_manager(cluster, self, wall());
    ports::Loaded loaded;
    loaded.snapshot = first.snapshot;
    loaded.hard_state = *first.hard_state;
    for (const auto& [name, value] : first.facts) loaded.facts[name] = *value;
    node::NodeOptions options;
    options.description = self.description;
    options.address = self.address;
    options.seed = 1;
    driver_ = Driver::start({*this, *this, *this, *this, *this, *this, *this}, options, loaded, {}).value();
    driver_->begin();
    settle();
    me = {cluster.id, self.id, NodeRole::kManager};
    peer = {cluster.id, NodeId::draw(prng), NodeRole::kWorker};
  }

  Driver& driver() { return *driver_; }
  // Until the disk has nothing to write.
  void settle() {
    while (!writes.empty()) {
      auto done = std::move(writes.front());
      writes.erase(writes.begin());
      done({});
    }
  }
  void pass(Duration time) {
    now_ = now_ + time;
    if (now_ < wakes_at) return;
    wakes_at = kNever;
    driver_->wake();
  }
  void say(const PeerIdentity& from, node::Body body) {
    driver_->on_message(from, wire::encode(Envelope{node::Message{std::move(body)}}));
  }
  size_t sent_to(NodeId node) const {
    size_t count = 0;
    for (const auto& [to, bytes] : sent) count += to == node;
    return count;
  }

  PeerIdentity me, peer;
  std::vector<std::function<void(Status)>> writes;
  std::vector<std::pair<NodeId, std::string>> sent;
  std::vector<NodeId> disconnected;
  std::vector<std::string> lines;
  std::vector<Envelope> logs;
  std::vector<size_t> worked_on;  // kinds of events
  std::vector<TaskId> mounted;
  std::optional<ports::Image> image;
  bool queues_full = false;
  Instant wakes_at = kNever;

 private:
  Status send(NodeId to, const SocketAddress&, ports::Channel, std::string bytes) override {
    if (queues_full) return Error{Errc::kLimit, "full"};
    sent.emplace_back(to, std::move(bytes));
    return {};
  }
  void reply(uint64_t, std::string) override {}
  void close() override {}
  void disconnect(NodeId node) override { disconnected.push_back(node); }
  void send_datagram(const SocketAddress&, std::string_view) override {}
  void send_sync(const SocketAddress&, std::string_view) override {}
  void use_gossip_keys(const std::vector<std::string>&) override {}
  void answer_seekers(Managers) override {}
  Instant now() const override { return now_; }
  WallTime wall() const override { return WallTime{1'000'000'000'000} + (now_ - Instant{0}); }
  void wake_at(Instant at) override { wakes_at = at; }
  Result<ports::Loaded> load() override { return ports::Loaded{}; }
  void write(ports::Batch, std::function<void(Status)> done) override { writes.push_back(std::move(done)); }
  Result<std::string> sign(const std::string&, const PeerIdentity&, const ports::CertificateSpan&,
                           const RootCa&) override {
    return std::string("certificate");
  }
  std::string make_request() override { return "request"; }
  Status install(const std::string&, NodeRole) override { return invalid("it is for another node"); }
  ports::CertificateSpan span() const override { return {}; }
  std::vector<ports::Image> list() const override { return {}; }
  std::optional<ports::Image> find(const std::string&) const override { return image; }
  void mount(TaskId task, const std::string&, std::function<void(Result<std::string>)>) override {
    mounted.push_back(task);
  }
  void unmount(TaskId) override {}
  Status remove(const std::string&, bool) override { return {}; }
  void set_listener(Runtime::Listener) override {}
  Result<std::vector<ports::AdoptedContainer>> adopt() override { return std::vector<ports::AdoptedContainer>(); }
  void start(ports::ContainerConfig) override {}
  void stop(TaskId) override {}
  void remove(TaskId) override {}
  void log(std::string line) override { lines.push_back(std::move(line)); }
  void changed(const state::Event&) override {}
  void log_message(NodeId, Envelope envelope) override { logs.push_back(std::move(envelope)); }
  void log_peer_lost(NodeId) override {}
  void ended(std::string) override {}
  void working_on(const node::Event& event) override { worked_on.push_back(event.body.index()); }

  Instant now_{seconds(10).ns};
  std::unique_ptr<Driver> driver_;
};

bool contains(const std::vector<std::string>& lines, const std::string& words) {
  for (const std::string& line : lines) {
    if (line.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("bytes that are no message are told to the operator and reach nobody") {
  Bench bench;
  bench.worked_on.clear();
  bench.driver().on_message(bench.peer, "\xff\xff\xff");
  CHECK(bench.worked_on.empty());
  CHECK(contains(bench.lines, "makes no sense"));
  bench.driver().on_stranger(1, {"10.0.0.9", 1}, "\xff\xff\xff");
  CHECK(bench.worked_on.empty());
}

TEST_CASE("only managers read other nodes' logs, and everybody may answer") {
  Bench bench;
  const std::string ask = wire::encode(Envelope{wire::LogAsk{1, {}}});
  bench.driver().on_message(bench.peer, ask);
  CHECK(bench.logs.empty());
  bench.driver().on_message(bench.me, ask);
  CHECK(bench.logs.size() == 1);
  bench.driver().on_message(bench.peer, wire::encode(Envelope{wire::LogPiece{1, {}}}));
  CHECK(bench.logs.size() == 2);
}

TEST_CASE("a full queue to a peer is a lost peer, worked on after the step that found it") {
  Bench bench;
  bench.queues_full = true;
  bench.worked_on.clear();
  bench.say(bench.peer, wire::SessionCheck{7, 0});  // it has no session here: the answer says so
  REQUIRE(bench.worked_on.size() == 2);
  CHECK(bench.worked_on.back() == node::EventBody(node::PeerLost{}).index());
}

TEST_CASE("an answer that asks again is worked on after the step that gave it") {
  Bench bench;
  int answers = 0;
  std::function<void(Result<orchestrator::CommandAnswer>)> again =
      [&](const Result<orchestrator::CommandAnswer>&) {
        if (++answers < 3) bench.driver().submit(orchestrator::RemoveService{}, again);
      };
  bench.driver().submit(orchestrator::RemoveService{}, again);
  for (int i = 0; i < 50 && answers < 3; ++i) {
    bench.settle();
    bench.pass(milliseconds(100));
  }
  CHECK(answers == 3);
}

TEST_CASE("an image that is not here, or not for this board, is refused with a sentence") {
  for (const bool here : {false, true}) {
    CAPTURE(here);
    Bench bench;
    if (here) {
      bench.image.emplace();
      bench.image->platform = {"amd64", "linux", ""};
    }
    ServiceSpec spec;
    spec.name = "web";
    spec.task.container.image = "web";
    spec.mode.replicated = ReplicatedMode{1};
    bench.driver().submit(orchestrator::CreateService{spec}, [](const auto&) {});
    const auto refusal = [&]() -> std::string {
      for (const auto& [id, task] : bench.driver().node().tables()->rows<Task>()) {
        if (task->status.state == TaskState::kRejected) return task->status.err;
      }
      return {};
    };
    for (int i = 0; i < 200 && refusal().empty(); ++i) {
      bench.settle();
      bench.pass(milliseconds(100));
    }
    CHECK(refusal().find(here ? "cannot run on this node" : "No such image: web") != std::string::npos);
    CHECK(bench.mounted.empty());
  }
}

TEST_CASE("who waits for an answer is told when the driver goes") {
  bool told = false;
  {
    Bench bench;
    bench.driver().submit(orchestrator::CreateService{}, [&](const auto& answer) { told = !answer.ok(); });
  }
  CHECK(told);
}

}  // namespace es::driver
