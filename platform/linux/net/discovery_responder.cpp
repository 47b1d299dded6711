#include <arpa/inet.h>

#include "platform/linux/net/discovery.h"

namespace es::linux_net {

namespace {

constexpr Duration kRefresh = minutes(1);  // interfaces come and go: Wi-Fi, a cable

}  // namespace

DiscoveryResponder::DiscoveryResponder(Loop& loop, crypto::Digest authority,
                                       std::function<std::vector<SocketAddress>()> managers)
    : loop_(loop),
      authority_(authority),
      managers_(std::move(managers)),
      socket_(loop, [this](const SocketAddress& from,
                           std::string_view datagram) { on_datagram(from, datagram); }),
      refresh_(loop, [this] { join_groups(); }) {}

Status DiscoveryResponder::start() {
  ES_CHECK(socket_.open(kDiscoveryPort));
  join_groups();
  return {};
}

void DiscoveryResponder::join_groups() {
  in_addr group{};
  inet_pton(AF_INET, kDiscoveryGroup, &group);
  std::set<std::pair<std::string, uint32_t>> now;
  for (const Interface& one : lan_interfaces()) {
    const std::pair key(one.name, one.address.s_addr);
    if (!joined_.contains(key)) socket_.join(group, one);
    now.insert(key);
  }
  joined_ = std::move(now);
  refresh_.after(kRefresh);
}

void DiscoveryResponder::on_datagram(const SocketAddress& from, std::string_view datagram) {
  const auto query = decode_query(datagram);
  if (!query || !crypto::view(authority_).starts_with(query->digest_prefix)) {
    ++counters_.ignored;
    return;
  }
  if (!may_answer()) {
    ++counters_.limited;
    return;
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(from.port);
  if (inet_pton(AF_INET, from.ip.c_str(), &to.sin_addr) != 1) return;
  socket_.send(to, 0,
               encode_answer({query->nonce, std::string(crypto::view(authority_)), managers_()}));
  ++counters_.answered;
}

bool DiscoveryResponder::may_answer() {
  const Instant now = loop_.now();
  if (now - second_began_ >= seconds(1)) {
    second_began_ = now;
    answers_this_second_ = 0;
  }
  if (answers_this_second_ >= kAnswersPerSecond) return false;
  ++answers_this_second_;
  return true;
}

}  // namespace es::linux_net
