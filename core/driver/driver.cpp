#include "core/driver/driver.h"

#include <utility>

#include "core/identity/certificate_policy.h"

namespace es::driver {

Result<std::unique_ptr<Driver>> Driver::start(Ports ports, node::NodeOptions options,
                                              const ports::Loaded& loaded,
                                              const std::vector<ports::AdoptedContainer>& containers) {
  Prng seeds(options.seed);
  options.seed = seeds.next();
  options.certificate_role = ports.signer.role();
  auto driver = std::unique_ptr<Driver>(new Driver(ports, seeds.next()));
  ES_TRY(driver->node_, node::Node::start(std::move(options), ports.clock.now(), ports.clock.wall(),
                                          loaded, containers));
  return driver;
}

Driver::~Driver() {
  *alive_ = false;
  const Error gone = unavailable("this node left its swarm");
  for (auto& [request, answer] : std::exchange(commands_, {})) answer(gone);
  for (auto& [request, done] : std::exchange(reads_, {})) done(gone);
}

void Driver::begin() {
  arm_renewal();
  handle(node::Tick{});
}

void Driver::handle(node::EventBody body) {
  inbox_.push_back(std::move(body));
  if (stepping_) return;
  stepping_ = true;
  while (!inbox_.empty()) {
    node::EventBody next = std::move(inbox_.front());
    inbox_.pop_front();
    work(std::move(next));
  }
  stepping_ = false;
  answer_seekers();
  arm();
}

void Driver::work(node::EventBody body) {
  const node::Event event{ports_.clock.now(), ports_.clock.wall(), std::move(body)};
  ports_.host.working_on(event);
  node::Effects effects;
  node_->step(event, effects);
  carry_out(effects);
  node_wakes_at_ = effects.wake_at;
}

void Driver::arm() {
  ports_.clock.wake_at(earlier(node_wakes_at_, earlier(goodbye_at_, renewal_at_)));
}

void Driver::wake() {
  const Instant now = ports_.clock.now();
  if (now >= goodbye_at_) {
    goodbye_at_ = kNever;
    for (const NodeId node : std::exchange(to_disconnect_, {})) ports_.transport.disconnect(node);
  }
  if (now >= renewal_at_) {
    renewal_at_ = kNever;
    handle(node::CertificateRenewalDue{});
  }
  if (now >= node_wakes_at_) handle(node::Tick{});
  arm();
}

// By this machine's clock, which may be wrong: renewing too early or too late harms nobody (D4).
void Driver::arm_renewal() {
  const ports::CertificateSpan span = ports_.signer.span();
  const WallTime renew_at = identity::draw_renewal({span.not_before, span.not_after}, prng_);
  const Duration wait = renew_at - ports_.clock.wall();
  renewal_at_ = ports_.clock.now() + (wait < kRenewalPauseMin ? kRenewalPauseMin : wait);
}

// Boards that look for their cluster on the LAN are answered by managers only.
void Driver::answer_seekers() {
  const bool is_manager = node_->tables() != nullptr && !node_->kept_out();
  if (is_manager == answers_seekers_) return;
  answers_seekers_ = is_manager;
  if (!is_manager) return ports_.transport.answer_seekers(nullptr);
  ports_.transport.answer_seekers([this] {
    // This one first: it is the only one that is certain to be there.
    std::vector<SocketAddress> addresses{node_->membership().address};
    for (const wire::ManagerAddress& manager : node_->managers()) {
      if (manager.node != node_->membership().node) addresses.push_back(manager.address);
    }
    return addresses;
  });
}

// Empty when this node does not know: then only a connection that is open will do.
SocketAddress Driver::address_of(NodeId node) const {
  for (const wire::ManagerAddress& manager : node_->managers()) {
    if (manager.node == node) return manager.address;
  }
  if (const auto* tables = node_->tables()) {
    if (const auto known = tables->node(node)) return known->address;
  }
  return {};
}

Status Driver::send_log_message(NodeId to, const Envelope& envelope) {
  return ports_.transport.send(to, address_of(to), ports::Channel::kBulk, encode(envelope));
}

void Driver::say_senseless(NodeId from, const Error& error) {
  const Instant now = ports_.clock.now();
  if (now < next_senseless_) return;
  next_senseless_ = now + node::kRefusalLogPause;
  ports_.host.log("a message of node " + from.to_string() + " makes no sense: " + error.message);
}

// Who says it and what it is are judged on the first bytes; only then is the rest read.
void Driver::on_message(const PeerIdentity& from, std::string_view bytes) {
  const auto kind = kind_of(bytes);
  if (kind && !node_->may_say(from, *kind, ports_.clock.now())) {
    return handle(node::PeerRefused{from});
  }
  auto envelope = kind ? decode_as(*kind, bytes) : Result<Envelope>(corrupt("it has no kind"));
  if (!envelope.ok()) return say_senseless(from.node, envelope.error());
  if (auto* message = std::get_if<node::Message>(&envelope->content)) {
    return handle(node::PeerMessage{from, {}, std::move(*message)});
  }
  ports_.host.log_message(from.node, std::move(*envelope));
}

void Driver::on_stranger(uint64_t connection, const SocketAddress& from, std::string_view bytes) {
  const auto kind = kind_of(bytes);
  const bool allowed = kind && identity::may_say(identity::Sender::kStranger, *kind,
                                                 identity::Receiver::kWorker);
  auto envelope = allowed ? decode_as(*kind, bytes) : Result<Envelope>(invalid("a board without a certificate may only ask to join"));
  if (!envelope.ok()) {
    wire::JoinReply refusal;  // the connection ends with its answer
    refusal.error = envelope.error().message;
    return ports_.transport.reply(connection, encode(Envelope{node::Message{refusal}}));
  }
  handle(node::StrangerMessage{connection, from.ip,
                               std::move(std::get<node::Message>(envelope->content))});
}

void Driver::on_peer_lost(NodeId peer, ports::Channel channel) {
  if (channel == ports::Channel::kBulk) ports_.host.log_peer_lost(peer);
  else handle(node::PeerLost{peer});
}

void Driver::on_datagram(const SocketAddress& from, std::string_view bytes) {
  handle(node::GossipDatagram{from, std::string(bytes)});
}

void Driver::on_sync(std::string_view bytes) { handle(node::GossipSync{std::string(bytes)}); }

void Driver::on_manager_found(NodeId node, const SocketAddress& address) {
  handle(node::ManagersFound{{{node, 0, address}}});
}

void Driver::submit(orchestrator::Command command, Answer answer) {
  const uint64_t request = ++last_request_;
  commands_.emplace(request, std::move(answer));
  handle(node::ClientCommand{request, std::move(command)});
}

void Driver::barrier(std::function<void(Status)> done) {
  const uint64_t request = ++last_request_;
  reads_.emplace(request, std::move(done));
  handle(node::ClientRead{request});
}

}  // namespace es::driver
