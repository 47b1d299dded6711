#pragma once
// GossipSocket: datagrams of membership on UDP, each sealed with the cluster's gossip key. What
// cannot be opened is counted and dropped: it is from a stranger, or from a node that missed two
// rotations of the key.

#include <cstdint>
#include <functional>
#include <string_view>

#include "core/base/result.h"
#include "core/model/address.h"
#include "platform/linux/crypto/key_ring.h"
#include "platform/linux/net/loop.h"

namespace es::linux_net {

class GossipSocket {
 public:
  // With the seal, 1400 bytes: no fragments, even inside VXLAN or WireGuard.
  static constexpr size_t kMaxPayload = 1372;

  struct Counters {
    uint64_t sent = 0, received = 0;
    // The kernel took no more: the network is congested, and gossip tries again by itself.
    uint64_t unsent = 0;
    uint64_t unreadable = 0;  // not sealed with one of our keys, or too long
  };
  // The payload is valid during the call. The socket must not be destroyed inside it.
  using OnDatagram = std::function<void(const SocketAddress& from, std::string_view payload)>;

  GossipSocket(Loop& loop, crypto::KeyRing keys, OnDatagram on_datagram);
  GossipSocket(const GossipSocket&) = delete;
  GossipSocket& operator=(const GossipSocket&) = delete;

  // Port 0 takes a free one. Errors: kInvalid, kIo (the port is taken, the address is not ours).
  Result<SocketAddress> open(const SocketAddress& address);
  void set_keys(crypto::KeyRing keys) { keys_ = std::move(keys); }

  // Success means that the kernel has it. Errors: kInvalid (an address that is none), kLimit
  // (payload too large), kIo.
  Status send(const SocketAddress& to, std::string_view payload);

  const Counters& counters() const { return counters_; }

 private:
  void on_received(ssize_t size, const char* bytes, const sockaddr* from, unsigned flags);

  Loop& loop_;
  crypto::KeyRing keys_;
  OnDatagram on_datagram_;
  Counters counters_;
  Handle<uv_udp_t> udp_;
};

}  // namespace es::linux_net
