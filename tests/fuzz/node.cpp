// A manager to which anything happens: its driver's part is kept (completions come in order, and only
// of what was asked for), all else is the fuzzer's: messages of every kind from anybody, gossip,
// commands, time. No assertion fires, and one event has a bounded number of effects.

#include <deque>
#include <set>

#include "core/node/node.h"
#include "core/wire/codec.h"
#include "tests/fuzz/input.h"

namespace {

using namespace es;
using fuzz::Input;

constexpr size_t kMaxEffects = 5'000;
constexpr int kMaxSteps = 300;

Uint128 id_bits(size_t number) { return {7, number + 1}; }

// A message that is well-formed for the codec: fields of low numbers, ids that are known.
void write_fields(Input& in, wire::Writer& out, int depth) {
  for (size_t count = 1 + in.below(5); count > 0; --count) {
    const auto number = static_cast<uint32_t>(1 + in.below(9));
    const size_t kind = in.below(4);
    if (kind == 0) {
      out.tag(number, wire::WireType::kVarint);
      out.varint(in.number());
      continue;
    }
    wire::Writer value;
    if (kind == 1) {
      const Uint128 bits = id_bits(in.below(4));
      value.big_endian(bits.high);
      value.big_endian(bits.low);
    } else if (kind == 2 || depth == 0) {
      value.raw(in.text(20));
    } else {
      write_fields(in, value, depth - 1);
    }
    out.tag(number, wire::WireType::kBytes);
    out.varint(value.bytes().size());
    out.raw(value.bytes());
  }
}

void wrap(wire::Writer& out, uint32_t number, const std::string& bytes) {
  out.tag(number, wire::WireType::kBytes);
  out.varint(bytes.size());
  out.raw(bytes);
}

node::Message message(Input& in) {
  wire::Writer fields;
  const auto kind = static_cast<uint32_t>(1 + in.below(std::variant_size_v<node::Body>));
  write_fields(in, fields, 4);
  wire::Writer body;
  wrap(body, kind, fields.bytes());
  wire::Writer whole;
  wrap(whole, 1, body.bytes());
  return wire::decode<node::Message>(whole.bytes()).value_or(node::Message{});
}

class World {
 public:
  explicit World(Input& in) : in_(in) {
    Cluster cluster;
    cluster.id = ClusterId{id_bits(100)};
    cluster.gossip_keys = {std::string(16, 'k')};
    cluster.join_secrets = {std::string(16, 'm'), std::string(16, 'w')};
    cluster.next_raft_id = 2;
    es::Node self;
    self.id = NodeId{id_bits(0)};
    self.spec.role = self.certificate_role = NodeRole::kManager;
    self.address = {"10.0.0.1", 2377};
    self.manager = ManagerInfo{1};
    self.description.platform = {"arm64", "linux", "v8"};
    self.description.resources.memory_bytes = 1 << 30;
    self.description.resources.cpu_nano = 1'000'000'000;
    const ports::Batch first = node::Node::first_manager(cluster, self, wall());
    ports::Loaded loaded;
    loaded.snapshot = first.snapshot;
    loaded.hard_state = *first.hard_state;
    loaded.entries = first.entries;
    for (const auto& [name, value] : first.facts) loaded.facts[name] = *value;
    node::NodeOptions options;
    options.description = self.description;
    options.address = self.address;
    options.seed = 1;
    node_ = node::Node::start(options, now_, wall(), loaded, {}).value();
    cluster_ = cluster.id;
    step(node::Tick{});
  }

  bool over() const { return over_; }
  void happen();

 private:
  WallTime wall() const { return {now_.ns + 1'700'000'000'000'000'000}; }
  void step(node::EventBody body);
  void note(const node::Effect& effect);
  bool complete();
  orchestrator::Command command();

  Input& in_;
  std::unique_ptr<node::Node> node_;
  ClusterId cluster_;
  Instant now_{1'000'000'000};
  std::deque<uint64_t> writes_;
  std::deque<TaskId> preparing_;
  std::deque<TaskId> starting_;
  std::deque<TaskId> running_;
  std::deque<uint64_t> signing_;
  uint64_t next_request_ = 1;
  bool over_ = false;
};

void World::step(node::EventBody body) {
  node::Effects effects;
  node_->step({now_, wall(), std::move(body)}, effects);
  ES_ASSERT(effects.list.size() <= kMaxEffects);
  for (const node::Effect& effect : effects.list) note(effect);
  over_ = over_ || node_->has_left();
}

void World::note(const node::Effect& effect) {
  if (const auto* persist = std::get_if<node::Persist>(&effect)) writes_.push_back(persist->id);
  if (const auto* prepare = std::get_if<agent::PrepareTask>(&effect)) {
    preparing_.push_back(prepare->task);
  }
  if (const auto* start = std::get_if<agent::StartContainer>(&effect)) {
    starting_.push_back(start->config.task);
  }
  if (const auto* sign = std::get_if<node::SignCertificate>(&effect)) {
    signing_.push_back(sign->request);
  }
  if (std::holds_alternative<node::ForgetCluster>(effect)) over_ = true;
}

template <class T>
std::optional<T> take(std::deque<T>& queue) {
  if (queue.empty()) return std::nullopt;
  T first = queue.front();
  queue.pop_front();
  return first;
}

// The oldest thing of a kind that is due.
bool World::complete() {
  switch (in_.below(6)) {
    case 0:
      if (const auto task = take(preparing_)) {
        agent::Prepared prepared{"/rootfs", {}};
        prepared.image.command = {"sh"};
        const bool good = in_.byte() < 200;
        step(node::TaskPrepared{*task, good ? Result<agent::Prepared>(prepared) : not_found("no")});
        return true;
      }
      return false;
    case 1:
      if (const auto task = take(starting_)) {
        const bool good = in_.byte() < 200;
        if (good) running_.push_back(*task);
        step(node::ContainerChanged{*task, good ? ports::ContainerEvent(ports::ContainerStarted{7})
                                                : ports::ContainerStartFailed{"no"}});
        return true;
      }
      return false;
    case 2:
      if (const auto task = take(running_)) {
        step(node::ContainerChanged{*task, ports::ContainerExited{in_.byte(), 0, false, wall()}});
        return true;
      }
      return false;
    case 3:
      if (const auto request = take(signing_)) {
        step(node::CertificateSigned{*request, std::string("certificate")});
        return true;
      }
      return false;
    default:
      if (const auto write = take(writes_)) {
        step(node::Persisted{*write, {}});
        return true;
      }
      return false;
  }
}

orchestrator::Command World::command() {
  wire::Writer fields;
  write_fields(in_, fields, 5);
  wire::Writer whole;
  wrap(whole, static_cast<uint32_t>(1 + in_.below(std::variant_size_v<orchestrator::Command>)),
       fields.bytes());
  const auto decoded = wire::decode<orchestrator::Command>(whole.bytes());
  if (decoded.ok() && in_.byte() < 128) return *decoded;
  orchestrator::CreateService create;
  create.spec.name = "s" + std::to_string(in_.below(4));
  create.spec.mode.replicated = ReplicatedMode{in_.below(4)};
  create.spec.task.container.image = "busybox";
  return create;
}

void World::happen() {
  now_ = now_ + (in_.byte() < 230 ? milliseconds(30) : seconds(in_.below(100)));
  const NodeId peer{id_bits(1 + in_.below(4))};
  const NodeRole role = in_.byte() % 2 == 0 ? NodeRole::kManager : NodeRole::kWorker;
  switch (in_.below(14)) {
    case 0:
    case 1:
    case 2:
      return step(node::PeerMessage{{cluster_, peer, role}, {"10.0.0.9", 2377}, message(in_)});
    case 3: return step(node::StrangerMessage{1, "10.0.0.8", message(in_)});
    case 4: return step(node::PeerLost{peer});
    case 5: return step(node::GossipDatagram{{"10.0.0.9", 7946}, in_.text(60)});
    case 6: return step(node::GossipSync{in_.text(60)});
    case 7: return step(node::ClientCommand{next_request_++, command()});
    case 8: return step(node::ClientRead{next_request_++});
    case 9:
      if (in_.byte() > 250) return step(node::LeaveRequested{});
      return step(node::Tick{});
    default:
      if (!complete()) step(node::Tick{});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input in(data, size);
  World world(in);
  for (int i = 0; i < kMaxSteps && !in.done() && !world.over(); ++i) world.happen();
  return 0;
}
