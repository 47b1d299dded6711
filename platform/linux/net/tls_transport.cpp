#include "platform/linux/net/tls_transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "platform/linux/net/native_address.h"

namespace es::linux_net {

namespace {

constexpr size_t kNetworkBytes = 8;  // of an IPv6 address: one board has 2^64 to choose from (RFC 4291 §2.5.4)

constexpr int kBacklog = 64;
constexpr int kLogBurst = 10;
constexpr Duration kLogInterval = seconds(10);

// Whom an address belongs to, as far as an address tells.
std::string origin_of(const sockaddr* native) {
  if (native->sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in*>(native)->sin_addr;
    return {reinterpret_cast<const char*>(&v4), sizeof v4};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6*>(native)->sin6_addr;
  const char* bytes = reinterpret_cast<const char*>(&v6);
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return {bytes + sizeof v6 - sizeof(in_addr), sizeof(in_addr)};
  return {bytes, kNetworkBytes};
}

}  // namespace

// A connection and what the transport counts it as.
class TlsTransport::Entry final : public TlsConnection::Listener {
 public:
  Entry(TlsTransport& transport, ConnectionId number, TlsSession session, TlsSession::Side which)
      : id(number),
        side(which),
        began(transport.loop_.now()),
        transport_(transport),
        connection(transport.loop_, std::move(session), which, transport.limits_.connection,
                   *this) {}

  const ConnectionId id;
  const TlsSession::Side side;
  const Instant began;
  std::string origin;  // of one that was accepted
  bool opened = false;
  bool anonymous = false;
  bool asked = false;  // an anonymous peer has said something
  std::optional<NodeId> node;

 private:
  void on_open(TlsConnection&) override { transport_.on_open(*this); }
  void on_message(TlsConnection&, std::string_view payload) override {
    transport_.on_message(*this, payload);
  }
  void on_drained(TlsConnection&) override { transport_.callbacks_.on_drained(id); }
  void on_closed(TlsConnection&, const Closed& closed) override {
    transport_.on_closed(*this, closed);
  }

  TlsTransport& transport_;

 public:
  TlsConnection connection;  // last: it calls back
};

TlsTransport::TlsTransport(Loop& loop, Limits limits, Callbacks callbacks, Log log)
    : loop_(loop),
      limits_(limits),
      callbacks_(std::move(callbacks)),
      log_(std::move(log), kLogBurst, kLogInterval),
      reaper_(loop, [this] { reap(); }) {}

TlsTransport::~TlsTransport() = default;

Status TlsTransport::set_identity(const crypto::NodeIdentity& identity) {
  ES_TRY(context_, TlsContext::member(identity));
  return {};
}

std::optional<PeerIdentity> TlsTransport::self() const {
  return context_ ? context_->self() : std::nullopt;
}

Result<SocketAddress> TlsTransport::listen(const SocketAddress& address) {
  ES_ASSERT(self().has_value());
  ES_TRY(const sockaddr_storage native, to_native(address));
  Handle<uv_tcp_t> tcp(this, [&](uv_tcp_t* handle) { return uv_tcp_init(loop_.native(), handle); });
  int code = uv_tcp_bind(tcp.get(), reinterpret_cast<const sockaddr*>(&native), 0);
  if (code == 0) {
    code = uv_listen(tcp.stream(), kBacklog, [](uv_stream_t* stream, int status) noexcept {
      if (auto* transport = owner_of<TlsTransport>(stream)) transport->on_connection(status);
    });
  }
  if (code != 0)
    return Error{Errc::kIo, "cannot listen on " + address.to_string() + ": " + uv_strerror(code)};
  sockaddr_storage bound{};
  int size = sizeof bound;
  ES_ASSERT(uv_tcp_getsockname(tcp.get(), reinterpret_cast<sockaddr*>(&bound), &size) == 0);
  listening_ = std::move(tcp);
  return from_native(reinterpret_cast<const sockaddr*>(&bound));
}

void TlsTransport::on_connection(int status) {
  if (status != 0)
    return log_.line(loop_.now(), LogLevel::kWarning,
                     std::string("cannot accept: ") + uv_strerror(status));
  ++counters_.accepted;
  auto session = new_session(TlsSession::Side::kServer, {});
  Handle<uv_tcp_t> accepted(nullptr,
                            [&](uv_tcp_t* handle) { return uv_tcp_init(loop_.native(), handle); });
  if (uv_accept(listening_.stream(), accepted.stream()) != 0) return;
  sockaddr_storage storage{};
  int size = sizeof storage;
  auto* native = reinterpret_cast<sockaddr*>(&storage);
  if (uv_tcp_getpeername(accepted.get(), native, &size) != 0) return;  // it is gone already
  const std::string origin = origin_of(native);
  if (!session.ok() || !make_room(origin)) {
    ++counters_.turned_away;
    log_.line(loop_.now(), LogLevel::kWarning, "a connection is turned away: there are too many");
    return;
  }
  Entry& entry = add(std::move(session).value(), TlsSession::Side::kServer);
  entry.origin = origin;
  ++handshakes_accepted_;
  entry.connection.accept(std::move(accepted));
}

// Room for one more handshake. Whoever opens connections and says nothing loses the oldest of them
// to newcomers, so that a few silent sockets cannot keep a node from joining: at once when they
// come from one origin and the newcomer from another.
bool TlsTransport::make_room(const std::string& origin) {
  if (connections_.size() >= limits_.connections) return false;
  if (handshakes_accepted_ < limits_.handshakes_accepted) return true;
  std::map<std::string, size_t> count;
  const auto shakes_hands = [](const Entry& entry) {
    return !entry.opened && entry.side == TlsSession::Side::kServer && !entry.connection.is_closed();
  };
  for (const auto& [id, entry] : connections_) {
    if (shakes_hands(*entry)) ++count[entry->origin];
  }
  for (const auto& [id, entry] : connections_) {
    if (!shakes_hands(*entry)) continue;
    const bool old = loop_.now() - entry->began >= limits_.handshake_grace;
    if (!old && count[entry->origin] <= count[origin] + 1) continue;
    entry->connection.close({CloseKind::kProtocol, "the handshake gives way to a newer one"});
    return true;
  }
  return false;
}

// Of too many strangers the oldest that has said nothing yet goes, then the oldest of the origin
// with most of them: whoever comes with a token says so at once.
void TlsTransport::make_room_for_stranger(const std::string& origin) {
  std::map<std::string, size_t> count;
  for (const auto& [id, entry] : connections_) {
    if (entry->anonymous && !entry->connection.is_closed()) ++count[entry->origin];
  }
  const bool crowded = count[origin] >= limits_.anonymous_per_origin;
  if (!crowded && anonymous_ < limits_.anonymous) return;
  Entry* victim = nullptr;
  const auto rank = [&](const Entry& entry) { return std::pair(!entry.asked, count[entry.origin]); };
  for (const auto& [id, entry] : connections_) {
    if (!entry->anonymous || entry->connection.is_closed()) continue;
    if (crowded && entry->origin != origin) continue;
    if (victim == nullptr || rank(*entry) > rank(*victim)) victim = entry.get();
  }
  if (victim != nullptr)
    victim->connection.close({CloseKind::kByUs, "it gives way to a newer peer without a certificate"});
}

Result<TlsSession> TlsTransport::new_session(TlsSession::Side side, const DialOptions& options) {
  TlsSession::Demands demands{options.node, options.authority, admit_};
  if (options.authority) {
    ES_TRY(auto newcomer, TlsContext::newcomer());
    return TlsSession::make(std::move(newcomer), side, std::move(demands));
  }
  if (!context_) return unavailable("this node is not a member of a cluster");
  return TlsSession::make(context_, side, std::move(demands));
}

TlsTransport::Entry& TlsTransport::add(TlsSession session, TlsSession::Side side) {
  const ConnectionId id = ++last_id_;
  const auto [at, inserted] =
      connections_.emplace(id, std::make_unique<Entry>(*this, id, std::move(session), side));
  ES_ASSERT(inserted);
  return *at->second;
}

ConnectionId TlsTransport::dial(const SocketAddress& address, const DialOptions& options) {
  ++counters_.dialed;
  auto session = new_session(TlsSession::Side::kClient, options);
  std::string obstacle;
  if (!session.ok()) obstacle = session.error().message;
  if (connections_.size() >= limits_.connections) obstacle = "there are too many connections";
  if (handshakes_dialed_ >= limits_.handshakes_dialed)
    obstacle = "there are too many dials under way";
  if (!obstacle.empty()) {
    const ConnectionId id = ++last_id_;
    note(id, {CloseKind::kUnreachable, obstacle});
    return id;
  }
  Entry& entry = add(std::move(session).value(), TlsSession::Side::kClient);
  ++handshakes_dialed_;
  entry.connection.dial(address, options.channel);
  return entry.id;
}

void TlsTransport::on_open(Entry& entry) {
  const bool accepted = entry.side == TlsSession::Side::kServer;
  const auto& peer = entry.connection.peer();
  if (!peer) make_room_for_stranger(entry.origin);
  --(accepted ? handshakes_accepted_ : handshakes_dialed_);
  entry.opened = true;
  entry.anonymous = !peer;
  if (peer) entry.node = peer->identity.node;
  anonymous_ += entry.anonymous ? 1 : 0;
  ++counters_.opened;
  callbacks_.on_open(
      {entry.id, peer, entry.connection.address(), entry.connection.channel(), !accepted});
}

void TlsTransport::on_message(Entry& entry, std::string_view payload) {
  ++counters_.messages_received;
  if (entry.anonymous) {
    if (std::exchange(entry.asked, true)) {
      return entry.connection.close({CloseKind::kProtocol, "a peer without a certificate asks one thing"});
    }
    entry.connection.await_answer();
  }
  callbacks_.on_message(entry.id, payload);
}

void TlsTransport::on_closed(Entry& entry, const Closed& closed) {
  const bool accepted = entry.side == TlsSession::Side::kServer;
  if (!entry.opened) --(accepted ? handshakes_accepted_ : handshakes_dialed_);
  if (entry.anonymous) --anonymous_;
  report_closed(entry, closed);
  note(entry.id, closed);
}

void TlsTransport::report_closed(const Entry& entry, const Closed& closed) {
  if (closed.kind == CloseKind::kRefused) ++counters_.refused;
  if (closed.kind == CloseKind::kProtocol) ++counters_.protocol_errors;
  if (closed.kind != CloseKind::kRefused && closed.kind != CloseKind::kProtocol) return;
  const char* direction = entry.side == TlsSession::Side::kServer ? "from " : "to ";
  log_.line(loop_.now(), LogLevel::kWarning,
            "connection " + (direction + entry.connection.address().to_string()) +
                " ends: " + closed.reason);
}

// The connection may be on the stack, in a callback of its own: it is destroyed, and its end
// reported, in a turn of ours.
void TlsTransport::note(ConnectionId id, Closed closed) {
  ended_.emplace_back(id, std::move(closed));
  reaper_.at(loop_.now());
}

void TlsTransport::reap() {
  for (const auto& [id, closed] : std::exchange(ended_, {})) {
    const auto entry = connections_.extract(id);
    // One that was accepted and never opened is nothing that anybody above has heard of.
    const bool known = entry.empty() || entry.mapped()->opened ||
                       entry.mapped()->side == TlsSession::Side::kClient;
    if (known) callbacks_.on_closed(id, closed);
  }
}

TlsTransport::Entry* TlsTransport::find(ConnectionId id) const {
  const auto at = connections_.find(id);
  return at == connections_.end() || at->second->connection.is_closed() ? nullptr
                                                                        : at->second.get();
}

Status TlsTransport::send(ConnectionId id, std::string payload) {
  Entry* entry = find(id);
  if (entry == nullptr) return unavailable("the connection is closed");
  Status sent = entry->connection.send(std::move(payload));
  ++(sent.ok() ? counters_.messages_sent : counters_.sends_refused);
  return sent;
}

void TlsTransport::close(ConnectionId id) {
  if (Entry* entry = find(id)) entry->connection.close({CloseKind::kByUs, "closed by this node"});
}

void TlsTransport::finish(ConnectionId id) {
  if (Entry* entry = find(id)) entry->connection.end_soon();
}

void TlsTransport::disconnect(NodeId node) {
  for (const auto& [id, entry] : connections_) {
    if (entry->node == node) entry->connection.close({CloseKind::kByUs, "closed by this node"});
  }
}

size_t TlsTransport::queued_bytes(ConnectionId id) const {
  const Entry* entry = find(id);
  return entry == nullptr ? 0 : entry->connection.queued_bytes();
}

}  // namespace es::linux_net
