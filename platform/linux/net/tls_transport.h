#pragma once
// TlsTransport: the control port of a node and its connections to others, mutual TLS 1.3 on TCP. A
// peer is a member with a verified certificate of this cluster, or anonymous: a board that has a
// join token and nothing else. It opens, bounds, counts and closes; which connection a message
// takes is PeerLinks' business.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/address.h"
#include "core/model/peer_identity.h"
#include "platform/linux/net/log.h"
#include "platform/linux/net/tls_connection.h"

namespace es::linux_net {

// Never used twice by one transport; 0 is none.
using ConnectionId = uint64_t;

struct Opened {
  ConnectionId id = 0;
  std::optional<VerifiedPeer> peer;  // nothing: anonymous
  SocketAddress address;             // of the other end
  Channel channel = Channel::kControl;
  bool dialed = false;  // by this side
};

struct DialOptions {
  Channel channel = Channel::kControl;
  std::optional<NodeId> node = std::nullopt;  // who must answer; else any member
  // Dials as a newcomer: shows no certificate, trusts only the authority of this digest.
  std::optional<crypto::Digest> authority = std::nullopt;
};

class TlsTransport {
 public:
  struct Limits {
    size_t connections = 512;
    // Peers without a certificate, so that they cannot lock members out; and those of one origin, an IPv4 address or an
    // IPv6 network, so that one of them cannot lock the others out. The newest gets in at both bounds.
    size_t anonymous = 64;
    size_t anonymous_per_origin = 16;
    size_t handshakes_accepted = 32;
    // Each holds one of PSA's 32 key slots between its first and second message.
    size_t handshakes_dialed = 24;
    // When there are too many, the origin with most of them gives way to others; one that is older than this to anybody.
    Duration handshake_grace = seconds(1);
    TlsConnection::Limits connection;
  };

  // All are called on the loop and never from inside a method of the transport. They may call any
  // of its methods.
  struct Callbacks {
    std::function<void(const Opened&)> on_open;
    // Valid during the call.
    std::function<void(ConnectionId, std::string_view payload)> on_message;
    // A send() was refused for a full queue, and there is room again.
    std::function<void(ConnectionId)> on_drained;
    // Once for each that was dialed or that opened.
    std::function<void(ConnectionId, const Closed&)> on_closed;
  };

  struct Counters {
    uint64_t accepted = 0, dialed = 0, opened = 0;
    uint64_t refused = 0;          // for who they are
    uint64_t turned_away = 0;      // for a bound on connections or handshakes
    uint64_t protocol_errors = 0;  // garbage, oversized frames, handshakes that do not end
    uint64_t sends_refused = 0;    // the connection's queue was full
    uint64_t messages_received = 0, messages_sent = 0;
  };

  TlsTransport(Loop& loop, Limits limits, Callbacks callbacks, Log log);
  ~TlsTransport();
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  // From now on new connections use it, open ones keep the one they began with. Errors: kIo.
  Status set_identity(const crypto::NodeIdentity& identity);
  // Asked for each peer whose certificate is good, on both sides of a connection.
  void set_admission(AdmissionPolicy admit) { admit_ = std::move(admit); }
  // Nothing before set_identity().
  std::optional<PeerIdentity> self() const;

  // Port 0 takes a free one. Pre: set_identity(). Errors: kInvalid, kIo (the port is taken, the
  // address is not ours).
  Result<SocketAddress> listen(const SocketAddress& address);
  void stop_listening() { listening_.reset(); }

  // Always answered by on_open or on_closed. Messages may be sent at once and wait for the
  // handshake.
  ConnectionId dial(const SocketAddress& address, const DialOptions& options);

  // Errors: kLimit (the queue is full, the payload is dropped and counted; on_drained follows),
  // kUnavailable (no such connection).
  Status send(ConnectionId id, std::string payload);
  void close(ConnectionId id);
  // The answer to a peer without a certificate has been given: the connection ends once it is out.
  void finish(ConnectionId id);
  // Closes every connection to this node: it was removed, or has to show a new certificate.
  void disconnect(NodeId node);

  size_t queued_bytes(ConnectionId id) const;
  size_t connection_count() const { return connections_.size(); }
  const Counters& counters() const { return counters_; }

 private:
  class Entry;

  Entry* find(ConnectionId id) const;
  Result<TlsSession> new_session(TlsSession::Side side, const DialOptions& options);
  Entry& add(TlsSession session, TlsSession::Side side);
  void on_connection(int status);
  bool make_room(const std::string& origin);
  void make_room_for_stranger(const std::string& origin);
  void on_open(Entry& entry);
  void on_message(Entry& entry, std::string_view payload);
  void on_closed(Entry& entry, const Closed& closed);
  void report_closed(const Entry& entry, const Closed& closed);
  void note(ConnectionId id, Closed closed);
  void reap();

  Loop& loop_;
  Limits limits_;
  Callbacks callbacks_;
  LogLimit log_;
  AdmissionPolicy admit_;
  std::shared_ptr<const TlsContext> context_;
  Counters counters_;
  ConnectionId last_id_ = 0;
  std::map<ConnectionId, std::unique_ptr<Entry>> connections_;  // by age
  size_t anonymous_ = 0;
  size_t handshakes_accepted_ = 0;
  size_t handshakes_dialed_ = 0;
  std::vector<std::pair<ConnectionId, Closed>> ended_;  // to be reported in the next turn
  Timer reaper_;
  Handle<uv_tcp_t> listening_;
};

}  // namespace es::linux_net
