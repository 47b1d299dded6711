#pragma once
// Discovery on the LAN: DiscoveryResponder runs on managers, DiscoveryFinder on a board that wants
// to join. Multicast first, because a switch forwards it to listeners only; broadcast beside it,
// because some access points drop multicast. Both leave by every interface by name, so neither
// needs a route. IPv4 only.

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/address.h"
#include "platform/linux/crypto/sha256.h"
#include "platform/linux/net/discovery_message.h"
#include "platform/linux/net/interfaces.h"
#include "platform/linux/net/loop.h"
#include "platform/linux/net/timer.h"

namespace es::linux_net {

// A UDP socket that sends by a named interface.
class LanSocket {
 public:
  using OnDatagram = std::function<void(const SocketAddress& from, std::string_view datagram)>;

  LanSocket(Loop& loop, OnDatagram on_datagram)
      : loop_(loop), on_datagram_(std::move(on_datagram)) {}
  LanSocket(const LanSocket&) = delete;
  LanSocket& operator=(const LanSocket&) = delete;

  // Port 0: any. A port that others of this machine listen on for the same purpose may be shared.
  // Errors: kIo.
  Status open(uint16_t port);
  void close() { udp_.reset(); }
  // Errors are those of one interface (gone, no carrier) and not told: another one may do.
  void send(const sockaddr_in& to, unsigned interface_index, std::string_view datagram);
  void join(const in_addr& group, const Interface& on);

 private:
  int fd() const;

  Loop& loop_;
  OnDatagram on_datagram_;
  Handle<uv_udp_t> udp_;
};

class DiscoveryResponder {
 public:
  struct Counters {
    uint64_t answered = 0;
    uint64_t ignored = 0;  // no query, or one for another cluster
    uint64_t limited = 0;  // more than kAnswersPerSecond
  };
  static constexpr int kAnswersPerSecond = 20;

  // `managers` is asked at each answer: where the cluster's managers can be dialled, the nearest
  // first.
  DiscoveryResponder(Loop& loop, crypto::Digest authority,
                     std::function<std::vector<SocketAddress>()> managers);

  // Errors: kIo.
  Status start();
  const Counters& counters() const { return counters_; }

 private:
  void on_datagram(const SocketAddress& from, std::string_view datagram);
  bool may_answer();
  void join_groups();

  Loop& loop_;
  crypto::Digest authority_;
  std::function<std::vector<SocketAddress>()> managers_;
  Counters counters_;
  std::set<std::pair<std::string, uint32_t>> joined_;  // interface and address
  Instant second_began_;
  int answers_this_second_ = 0;
  LanSocket socket_;
  Timer refresh_;
};

class DiscoveryFinder {
 public:
  // `on_found`: managers that say they are of this cluster, each address once, as they answer.
  // `on_end`: the deadline has passed. The finder may be destroyed inside either.
  DiscoveryFinder(Loop& loop, crypto::Digest authority,
                  std::function<void(std::vector<SocketAddress>)> on_found,
                  std::function<void()> on_end);

  // Asks at once and again with growing pauses until `deadline`. Errors: kIo, kUnavailable (this
  // machine is on no LAN).
  Status start(Instant deadline);

 private:
  void ask();
  void on_datagram(std::string_view datagram);

  Loop& loop_;
  crypto::Digest authority_;
  std::function<void(std::vector<SocketAddress>)> on_found_;
  std::function<void()> on_end_;
  DiscoveryQuery query_;
  Instant deadline_;
  Duration pause_;
  std::set<SocketAddress> found_;
  LanSocket socket_;
  Timer next_;
};

}  // namespace es::linux_net
