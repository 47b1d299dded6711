#include "services/daemon/driver.h"

#include <utility>

#include "core/wire/codec.h"
#include "platform/linux/crypto/random.h"
#include "services/daemon/wall_clock.h"

namespace es::daemon {

Result<std::unique_ptr<Driver>> Driver::start(DriverPorts ports, DriverOptions options, crypto::NodeIdentity identity,
                                              const ports::Loaded& loaded,
                                              const std::vector<ports::AdoptedContainer>& containers,
                                              std::function<void(std::string)> on_end) {
  auto driver = std::unique_ptr<Driver>(
      new Driver(std::move(ports), std::move(options), std::move(identity), std::move(on_end)));
  ES_CHECK(driver->open(loaded, containers));
  return driver;
}

Driver::Driver(DriverPorts ports, DriverOptions options, crypto::NodeIdentity identity,
               std::function<void(std::string)> on_end)
    : ports_(std::move(ports)),
      options_(std::move(options)),
      identity_(std::move(identity)),
      on_end_(std::move(on_end)),
      wake_(ports_.loop, [this] { handle(node::Tick{}); }),
      renewal_(ports_.loop, [this] { handle(node::CertificateRenewalDue{}); }),
      disconnect_(ports_.loop, [this] {
        for (const NodeId node : std::exchange(to_disconnect_, {})) links_.disconnect(node);
      }),
      links_(ports_.loop, {}, link_callbacks(),
             [this](linux_net::LogLevel, std::string_view line) { ports_.log(std::string(line)); }),
      logs_({ports_.loop, identity_.self().node, ports_.log_directory,
             [this](TaskId task) {
               const auto& tasks = node_->agent().tasks();
               const auto found = tasks.find(task);
               return found == tasks.end() || is_terminal(found->second.status.state);
             },
             [this](NodeId to, Envelope envelope) {
               return links_.send(to, address_of(to), wire::encode(envelope), linux_net::Channel::kBulk);
             }}) {}

Driver::~Driver() {
  *alive_ = false;
  const Error gone = unavailable("this node left its swarm");
  for (auto& [request, answer] : std::exchange(commands_, {})) answer(gone);
  for (auto& [request, done] : std::exchange(reads_, {})) done(gone);
}

linux_net::PeerLinks::Callbacks Driver::link_callbacks() {
  linux_net::PeerLinks::Callbacks callbacks;
  callbacks.on_message = [this](const linux_net::VerifiedPeer& from, linux_net::Channel, std::string_view payload) {
    receive(from, payload);
  };
  callbacks.on_down = [this](NodeId node, linux_net::Channel channel, const linux_net::Closed& closed) {
    if (channel == linux_net::Channel::kBulk) logs_.peer_lost(node);
    else if (closed.kind != linux_net::CloseKind::kByUs) handle(node::PeerLost{node});
  };
  callbacks.on_stranger = [this](linux_net::ConnectionId connection, const SocketAddress& from,
                                 std::string_view payload) { receive_stranger(connection, from, payload); };
  return callbacks;
}

Status Driver::open(const ports::Loaded& loaded, const std::vector<ports::AdoptedContainer>& containers) {
  ES_TRY(const auto membership, node::Node::membership_on(loaded));
  ES_ASSERT(membership.has_value());
  node::NodeOptions options;
  options.description = options_.description;
  options.address = options_.address;
  options.gossip_port = options_.gossip_port;
  options.seed = crypto::OsRandom().next();
  ES_TRY(node_, node::Node::start(std::move(options), ports_.loop.now(), wall_now(), loaded, containers));

  ES_CHECK(links_.set_identity(identity_));
  ES_TRY(const SocketAddress control, links_.listen(options_.listen));
  static_cast<void>(control);
  const SocketAddress gossip_address{options_.listen.ip, options_.gossip_port};
  ES_TRY(auto keys, crypto::KeyRing::make(membership->gossip_keys));
  gossip_ = std::make_unique<linux_net::GossipSocket>(
      ports_.loop, std::move(keys), [this](const SocketAddress& from, std::string_view payload) {
        handle(node::GossipDatagram{from, std::string(payload)});
      });
  ES_TRY(const SocketAddress udp, gossip_->open(gossip_address));
  static_cast<void>(udp);
  ES_TRY(auto exchange_keys, crypto::KeyRing::make(membership->gossip_keys));
  exchange_ = std::make_unique<linux_net::GossipExchange>(
      ports_.loop, linux_net::GossipExchange::Limits{}, std::move(exchange_keys),
      [this](const SocketAddress&, std::string_view question) {
        handle(node::GossipSync{std::string(question)});
        return std::string();  // an answer, where gossip wants one, is an exchange of its own
      });
  ES_TRY(const SocketAddress tcp, exchange_->listen(gossip_address));
  static_cast<void>(tcp);
  arm_renewal();
  handle(node::Tick{});
  return {};
}

// An event that comes while another is worked on waits for its turn: effects of one step are carried out before the next.
void Driver::handle(node::EventBody body) {
  inbox_.push_back(std::move(body));
  if (stepping_) return;
  stepping_ = true;
  while (!inbox_.empty()) {
    node::Event event{ports_.loop.now(), wall_now(), std::move(inbox_.front())};
    inbox_.pop_front();
    node::Effects effects;
    node_->step(event, effects);
    carry_out(effects);
    wake_.at(effects.wake_at);
  }
  stepping_ = false;
  respond_to_seekers();
}

void Driver::receive(const linux_net::VerifiedPeer& from, std::string_view payload) {
  auto envelope = wire::decode<Envelope>(payload);
  if (!envelope.ok()) {
    ports_.log("a message of node " + from.identity.node.to_string() + " makes no sense: " + envelope.error().message);
    return;
  }
  const NodeId sender = from.identity.node;
  if (auto* message = std::get_if<node::Message>(&envelope->content)) {
    handle(node::PeerMessage{from.identity, {}, std::move(*message)});
  } else if (const auto* piece = std::get_if<LogPiece>(&envelope->content)) {
    logs_.receive(sender, *piece);
  } else if (from.identity.role == NodeRole::kManager) {  // only managers read other nodes' logs
    std::visit([&](const auto& content) {
      using Content = std::remove_cvref_t<decltype(content)>;
      if constexpr (!std::is_same_v<Content, node::Message> && !std::is_same_v<Content, LogPiece>) {
        logs_.receive(sender, content);
      }
    }, envelope->content);
  }
}

// Empty when this node does not know: then only a connection that is open will do.
SocketAddress Driver::address_of(NodeId node) const {
  if (const auto* tables = node_->tables()) {
    if (const auto known = tables->node(node)) return known->address;
  }
  for (const wire::ManagerAddress& manager : node_->managers()) {
    if (manager.node == node) return manager.address;
  }
  return {};
}

void Driver::receive_stranger(linux_net::ConnectionId connection, const SocketAddress& from, std::string_view payload) {
  auto envelope = wire::decode<Envelope>(payload);
  auto* message = envelope.ok() ? std::get_if<node::Message>(&envelope->content) : nullptr;
  if (message == nullptr) return;  // its connection ends by itself
  handle(node::StrangerMessage{connection, from.ip, std::move(*message)});
}

// Boards that look for their cluster on the LAN are answered by managers only.
void Driver::respond_to_seekers() {
  const bool is_manager = node_->tables() != nullptr;
  if (is_manager == (responder_ != nullptr)) return;
  if (!is_manager) {
    responder_.reset();
    return;
  }
  responder_ = std::make_unique<linux_net::DiscoveryResponder>(ports_.loop, identity_.issuer().digest(), [this] {
    std::vector<SocketAddress> addresses;
    for (const wire::ManagerAddress& manager : node_->managers()) addresses.push_back(manager.address);
    return addresses;
  });
  if (const Status opened = responder_->start(); !opened.ok()) {
    ports_.log("boards cannot find this manager on the LAN: " + opened.error().message);
  }
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

void Driver::leave() { handle(node::LeaveRequested{}); }

void Driver::describe(const NodeDescription& description) { handle(node::DescriptionChanged{description}); }

void Driver::container_event(TaskId task, ports::ContainerEvent event) {
  handle(node::ContainerChanged{task, std::move(event)});
}

}  // namespace es::daemon
