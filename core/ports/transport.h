#pragma once
// Transport: bytes to and from other nodes. Connections are mutually authenticated: who speaks is
// what its certificate says. Delivery is at most once; order holds while a connection lasts, and a
// connection that ends is told as a lost peer.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/model/address.h"
#include "core/model/peer_identity.h"

namespace es::ports {

// What is large takes a connection of its own, so that it does not delay what is urgent.
enum class Channel : uint8_t { kControl, kBulk };

class Transport {
 public:
  virtual ~Transport() = default;

  // What arrives. Never called from inside a method of the transport. Views are valid during the
  // call.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_message(const PeerIdentity& from, std::string_view bytes) = 0;
    // From a peer without a certificate, which may only ask to join.
    virtual void on_stranger(uint64_t connection, const SocketAddress& from,
                             std::string_view bytes) = 0;
    // The last connection of the channel ended, or a dial failed; not called after disconnect().
    virtual void on_peer_lost(NodeId peer, Channel channel) = 0;
    virtual void on_datagram(const SocketAddress& from, std::string_view bytes) = 0;
    virtual void on_sync(std::string_view bytes) = 0;
    // A member with a manager's certificate answered a search at this address.
    virtual void on_manager_found(NodeId, const SocketAddress&) {}
  };

  // `address` is where the node is dialled, if that is needed; empty: where it was last time. Never
  // blocks; success means queued. Errors: kUnavailable (not reachable now), kLimit (the queue is
  // full, or the message too large).
  virtual Status send(NodeId to, const SocketAddress& address, Channel channel,
                      std::string bytes) = 0;
  // On the control channel, over each connection that is open with nodes of this identity; where there is none, as send().
  virtual void send_everywhere(NodeId to, const SocketAddress& address, std::string bytes) {
    static_cast<void>(send(to, address, Channel::kControl, std::move(bytes)).ok());
  }
  // To a stranger; one that is gone needs no answer.
  virtual void reply(uint64_t connection, std::string bytes) = 0;
  // Closes every connection with the node.
  virtual void disconnect(NodeId node) = 0;
  // Closes every connection and takes none any more.
  virtual void close() = 0;

  // Sealed with the gossip key; may be lost, doubled and reordered.
  virtual void send_datagram(const SocketAddress& to, std::string_view bytes) = 0;
  // The same, for what does not fit into a datagram.
  virtual void send_sync(const SocketAddress& to, std::string_view bytes) = 0;
  // The first seals, all open. Keys that cannot be used change nothing.
  virtual void use_gossip_keys(const std::vector<std::string>& keys) = 0;

  // Boards that look for their cluster on the LAN are told these addresses; null: nothing.
  using Managers = std::function<std::vector<SocketAddress>()>;
  virtual void answer_seekers(Managers managers) = 0;
  // Asks the LAN where managers of this cluster are. What answers has to prove it by its
  // certificate before the listener hears of it. A search under way goes on.
  virtual void seek_managers() {}
};

}  // namespace es::ports
