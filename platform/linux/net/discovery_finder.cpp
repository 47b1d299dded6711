#include <arpa/inet.h>

#include <algorithm>

#include "platform/linux/net/discovery.h"

namespace es::linux_net {

namespace {

constexpr Duration kFirstPause = milliseconds(250);
constexpr Duration kLastPause = seconds(4);
constexpr size_t kMaxFound = 32;

sockaddr_in at_discovery_port(in_addr address) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(kDiscoveryPort);
  to.sin_addr = address;
  return to;
}

}  // namespace

DiscoveryFinder::DiscoveryFinder(Loop& loop, crypto::Digest authority,
                                 std::function<void(std::vector<SocketAddress>)> on_found,
                                 std::function<void()> on_end)
    : loop_(loop),
      authority_(authority),
      on_found_(std::move(on_found)),
      on_end_(std::move(on_end)),
      query_(make_query(authority)),
      pause_(kFirstPause),
      socket_(loop,
              [this](const SocketAddress&, std::string_view datagram) { on_datagram(datagram); }),
      next_(loop, [this] { ask(); }) {}

Status DiscoveryFinder::start(Instant deadline) {
  if (lan_interfaces().empty())
    return unavailable("this machine has no network interface with an IPv4 address");
  ES_CHECK(socket_.open(0));
  deadline_ = deadline;
  next_.at(loop_.now());
  return {};
}

void DiscoveryFinder::ask() {
  if (loop_.now() >= deadline_) {
    socket_.close();
    const auto on_end = on_end_;
    return on_end();
  }
  in_addr group{};
  inet_pton(AF_INET, kDiscoveryGroup, &group);
  const std::string datagram = encode_query(query_);
  for (const Interface& one : lan_interfaces()) {
    socket_.send(at_discovery_port(group), one.index, datagram);
    socket_.send(at_discovery_port({INADDR_BROADCAST}), one.index, datagram);
  }
  next_.at(earlier(loop_.now() + pause_, deadline_));
  pause_ = std::min(pause_ * 2, kLastPause);
}

void DiscoveryFinder::on_datagram(std::string_view datagram) {
  const auto answer = decode_answer(datagram);
  if (!answer || answer->nonce != query_.nonce || answer->digest != crypto::view(authority_))
    return;
  std::vector<SocketAddress> fresh;
  for (const SocketAddress& manager : answer->managers) {
    if (found_.size() < kMaxFound && found_.insert(manager).second) fresh.push_back(manager);
  }
  if (fresh.empty()) return;
  const auto on_found = on_found_;
  on_found(std::move(fresh));
}

}  // namespace es::linux_net
