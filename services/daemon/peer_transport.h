#pragma once
// PeerTransport: the transport of a driver over TLS links, the gossip socket and the LAN.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/transport.h"
#include "platform/linux/crypto/node_identity.h"
#include "platform/linux/net/discovery.h"
#include "platform/linux/net/gossip_exchange.h"
#include "platform/linux/net/gossip_socket.h"
#include "platform/linux/net/peer_links.h"

namespace es::daemon {

class PeerTransport final : public ports::Transport {
 public:
  PeerTransport(linux_net::Loop& loop, std::function<void(std::string)> log);

  // From now on the listener is called; it outlives this. `listen` is the control port, gossip has
  // the same address. Errors: kIo (a port is taken, the address is not ours), kInvalid.
  Status open(Listener& listener, const crypto::NodeIdentity& identity,
              const SocketAddress& listen, uint16_t gossip_port,
              const std::vector<std::string>& gossip_keys);
  Status set_identity(const crypto::NodeIdentity& identity);

  Status send(NodeId to, const SocketAddress& address, ports::Channel channel,
              std::string bytes) override;
  void reply(uint64_t connection, std::string bytes) override;
  void disconnect(NodeId node) override { links_.disconnect(node); }
  void send_everywhere(NodeId to, const SocketAddress& address, std::string bytes) override;
  void close() override { links_.close(); }
  void send_datagram(const SocketAddress& to, std::string_view bytes) override;
  void send_sync(const SocketAddress& to, std::string_view bytes) override;
  void use_gossip_keys(const std::vector<std::string>& keys) override;
  void answer_seekers(Managers managers) override;
  void seek_managers() override;

  const linux_net::PeerLinks& links() const { return links_; }
  // Pre: open().
  const linux_net::GossipSocket& gossip_socket() const { return *gossip_; }

 private:
  linux_net::PeerLinks::Callbacks link_callbacks();

  linux_net::Loop& loop_;
  std::function<void(std::string)> log_;
  Listener* listener_ = nullptr;
  crypto::Digest authority_{};
  linux_net::PeerLinks links_;
  std::unique_ptr<linux_net::GossipSocket> gossip_;
  std::unique_ptr<linux_net::GossipExchange> exchange_;
  std::unique_ptr<linux_net::DiscoveryResponder> responder_;
  std::unique_ptr<linux_net::DiscoveryFinder> finder_;  // while the LAN is asked
};

}  // namespace es::daemon
