#pragma once
// What every test of this folder needs: clusters, their nodes, and a node's control port that
// writes down what happens to it.

#include <doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/base/id.h"
#include "platform/linux/crypto/authority.h"
#include "platform/linux/crypto/calendar.h"
#include "platform/linux/crypto/node_identity.h"
#include "platform/linux/crypto/random.h"
#include "platform/linux/net/loop.h"
#include "platform/linux/net/tls_transport.h"

namespace es::linux_net::test {

inline const WallTime kFounded = crypto::to_wall_time({2026, 11, 20, 0, 0, 0});

struct Cluster {
  crypto::Authority authority = crypto::Authority::create(kFounded);
  ClusterId id;

  Cluster() {
    crypto::OsRandom source;
    id = ClusterId::draw(source);
  }

  crypto::NodeIdentity member(NodeRole role = NodeRole::kWorker,
                              crypto::Validity validity = {kFounded,
                                                           kFounded + hours(24 * 90)}) const {
    crypto::OsRandom source;
    return member({id, NodeId::draw(source), role}, validity);
  }
  crypto::NodeIdentity member(const PeerIdentity& who, crypto::Validity validity) const {
    crypto::PrivateKey key = crypto::PrivateKey::generate();
    auto certificate = authority.sign(key.make_request(), who, validity);
    REQUIRE(certificate.ok());
    auto identity =
        crypto::NodeIdentity::make(*certificate, std::move(key), {authority.certificate()});
    REQUIRE(identity.ok());
    return std::move(identity).value();
  }
};

inline bool soon(Loop& loop, const std::function<bool()>& condition,
                 Duration patience = seconds(10)) {
  return loop.run_until(loop.now() + patience, condition);
}

struct Port {
  std::vector<Opened> opened;
  std::vector<std::pair<ConnectionId, std::string>> messages;
  std::vector<std::pair<ConnectionId, Closed>> closed;
  std::vector<ConnectionId> drained;
  std::vector<std::string> log;
  std::function<void(ConnectionId, std::string_view)> answer;
  TlsTransport transport;
  SocketAddress address;

  explicit Port(Loop& loop, TlsTransport::Limits limits = {})
      : transport(loop, limits,
                  {.on_open = [this](const Opened& one) { opened.push_back(one); },
                   .on_message =
                       [this](ConnectionId id, std::string_view payload) {
                         messages.emplace_back(id, payload);
                         if (answer) answer(id, payload);
                       },
                   .on_drained = [this](ConnectionId id) { drained.push_back(id); },
                   .on_closed = [this](ConnectionId id,
                                       const Closed& why) { closed.emplace_back(id, why); }},
                  [this](LogLevel, std::string_view line) { log.emplace_back(line); }) {}

  Port(Loop& loop, const crypto::NodeIdentity& identity, TlsTransport::Limits limits = {})
      : Port(loop, limits) {
    REQUIRE(transport.set_identity(identity).ok());
    auto bound = transport.listen({"127.0.0.1", 0});
    REQUIRE(bound.ok());
    address = *bound;
  }

  const Closed& end_of(ConnectionId id) const {
    for (const auto& [closed_id, why] : closed) {
      if (closed_id == id) return why;
    }
    static const Closed kNone{CloseKind::kByUs, "still open"};
    return kNone;
  }
};

}  // namespace es::linux_net::test
