#include "services/daemon/peer_transport.h"

#include <utility>

namespace es::daemon {

namespace {

linux_net::Channel linux_channel(ports::Channel channel) {
  return channel == ports::Channel::kBulk ? linux_net::Channel::kBulk
                                          : linux_net::Channel::kControl;
}

// How long the LAN is asked each time.
constexpr Duration kSearchTime = seconds(5);

}  // namespace

PeerTransport::PeerTransport(linux_net::Loop& loop, std::function<void(std::string)> log)
    : loop_(loop),
      log_(std::move(log)),
      links_(loop, {}, link_callbacks(),
             [this](linux_net::LogLevel, std::string_view line) { log_(std::string(line)); }) {}

linux_net::PeerLinks::Callbacks PeerTransport::link_callbacks() {
  linux_net::PeerLinks::Callbacks callbacks;
  callbacks.on_message = [this](const linux_net::VerifiedPeer& from, linux_net::Channel,
                                std::string_view payload) {
    listener_->on_message(from.identity, payload);
  };
  callbacks.on_down = [this](NodeId node, linux_net::Channel channel,
                             const linux_net::Closed& closed) {
    const bool bulk = channel == linux_net::Channel::kBulk;
    // A stream of logs ends with its connection, whoever closed it.
    if (!bulk && closed.kind == linux_net::CloseKind::kByUs) return;
    listener_->on_peer_lost(node, bulk ? ports::Channel::kBulk : ports::Channel::kControl);
  };
  callbacks.on_met = [this](const linux_net::VerifiedPeer& peer, const SocketAddress& address) {
    if (peer.identity.role != NodeRole::kManager) return;
    listener_->on_manager_found(peer.identity.node, address);
  };
  callbacks.on_stranger = [this](linux_net::ConnectionId connection, const SocketAddress& from,
                                 std::string_view payload) {
    listener_->on_stranger(connection, from, payload);
  };
  return callbacks;
}

Status PeerTransport::open(Listener& listener, const crypto::NodeIdentity& identity,
                           const SocketAddress& listen, uint16_t gossip_port,
                           const std::vector<std::string>& gossip_keys) {
  listener_ = &listener;
  ES_CHECK(set_identity(identity));
  ES_TRY(const SocketAddress control, links_.listen(listen));
  static_cast<void>(control);
  const SocketAddress gossip_address{listen.ip, gossip_port};
  ES_TRY(auto keys, crypto::KeyRing::make(gossip_keys));
  gossip_ = std::make_unique<linux_net::GossipSocket>(
      loop_, std::move(keys), [this](const SocketAddress& from, std::string_view payload) {
        listener_->on_datagram(from, payload);
      });
  ES_TRY(const SocketAddress udp, gossip_->open(gossip_address));
  static_cast<void>(udp);
  ES_TRY(auto exchange_keys, crypto::KeyRing::make(gossip_keys));
  exchange_ = std::make_unique<linux_net::GossipExchange>(
      loop_, linux_net::GossipExchange::Limits{}, std::move(exchange_keys),
      [this](const SocketAddress&, std::string_view question) {
        listener_->on_sync(question);
        return std::string();  // an answer, where gossip wants one, is an exchange of its own
      });
  ES_TRY(const SocketAddress tcp, exchange_->listen(gossip_address));
  static_cast<void>(tcp);
  return {};
}

Status PeerTransport::set_identity(const crypto::NodeIdentity& identity) {
  authority_ = identity.issuer().digest();
  return links_.set_identity(identity);
}

Status PeerTransport::send(NodeId to, const SocketAddress& address, ports::Channel channel,
                           std::string bytes) {
  return links_.send(to, address, std::move(bytes), linux_channel(channel));
}

void PeerTransport::send_everywhere(NodeId to, const SocketAddress& address, std::string bytes) {
  links_.send_everywhere(to, address, bytes);
}

void PeerTransport::reply(uint64_t connection, std::string bytes) {
  static_cast<void>(links_.reply(connection, std::move(bytes)).ok());
}

void PeerTransport::send_datagram(const SocketAddress& to, std::string_view bytes) {
  static_cast<void>(gossip_->send(to, bytes).ok());  // counted there; gossip relies on no single one
}

void PeerTransport::send_sync(const SocketAddress& to, std::string_view bytes) {
  exchange_->ask(to, bytes, [](const Result<std::string>&) {});
}

void PeerTransport::use_gossip_keys(const std::vector<std::string>& keys) {
  auto for_datagrams = crypto::KeyRing::make(keys);
  auto for_exchange = crypto::KeyRing::make(keys);
  if (!for_datagrams.ok() || !for_exchange.ok()) return;
  gossip_->set_keys(std::move(for_datagrams).value());
  exchange_->set_keys(std::move(for_exchange).value());
}

void PeerTransport::answer_seekers(Managers managers) {
  responder_.reset();
  if (!managers) return;
  responder_ = std::make_unique<linux_net::DiscoveryResponder>(loop_, authority_,
                                                               std::move(managers));
  if (const Status opened = responder_->start(); !opened.ok()) {
    log_("boards cannot find this manager on the LAN: " + opened.error().message);
  }
}

void PeerTransport::seek_managers() {
  if (finder_) return;
  finder_ = std::make_unique<linux_net::DiscoveryFinder>(
      loop_, authority_,
      [this](const std::vector<SocketAddress>& found) {
        for (const SocketAddress& address : found) links_.meet(address);
      },
      [this] { finder_.reset(); });
  if (!finder_->start(loop_.now() + kSearchTime).ok()) finder_.reset();  // no LAN yet; asked again
}

}  // namespace es::daemon
