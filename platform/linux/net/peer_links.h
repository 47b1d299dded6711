#pragma once
// PeerLinks: messages to nodes instead of connections. One link a node and channel; it dials when
// there is something to send and nobody has dialled us, gives up quickly and says so, and closes
// what is idle. Delivery is at most once. Order holds while a link keeps its connection; when it
// changes, messages may be lost or overtake, as raft and the sessions expect of a network.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/linux/net/tls_transport.h"

namespace es::linux_net {

class PeerLinks {
 public:
  struct Limits {
    TlsTransport::Limits transport;
    size_t links = 2048;
    Duration backoff_min = milliseconds(50);  // after a dial that failed; doubles
    Duration backoff_max = seconds(2);
    Duration idle = minutes(5);  // no message either way: the connection is closed
    // The same, for the second connection of two that dialled each other at once.
    Duration spare = seconds(10);
    // On a local network, what was sent this long ago has arrived.
    Duration quiet = milliseconds(20);
  };

  // All are called on the loop and never from inside a method of this class.
  struct Callbacks {
    std::function<void(const VerifiedPeer&, Channel, std::string_view payload)> on_message;
    // The first connection of a link opened, or its last one ended; also for a dial that failed.
    std::function<void(NodeId, Channel)> on_up;
    std::function<void(NodeId, Channel, const Closed&)> on_down;
    // A send() was refused because the link's queue was full, and there is room again.
    std::function<void(NodeId, Channel)> on_drained;
    // A member was met() at this address.
    std::function<void(const VerifiedPeer&, const SocketAddress&)> on_met = {};
    // From peers without a certificate, who may only ask to join; answer with reply().
    std::function<void(ConnectionId, const SocketAddress&, std::string_view payload)> on_stranger;
  };

  PeerLinks(Loop& loop, Limits limits, Callbacks callbacks, Log log);
  PeerLinks(const PeerLinks&) = delete;
  PeerLinks& operator=(const PeerLinks&) = delete;

  // Renewed dates: open connections stay. Another node, role or cluster: they are closed, so that
  // everybody sees the new one. Errors: kIo.
  Status set_identity(const crypto::NodeIdentity& identity);
  void set_admission(AdmissionPolicy admit) { transport_.set_admission(std::move(admit)); }
  // As TlsTransport::listen. Pre: set_identity().
  Result<SocketAddress> listen(const SocketAddress& address) { return transport_.listen(address); }
  void stop_listening() { transport_.stop_listening(); }

  // `hint` is where the node is dialled, if that is needed; empty: where it was last time. Never
  // blocks; success means queued. Errors: kUnavailable (not reachable now: no address, or the last
  // dial failed a moment ago), kLimit (the queue is full or the payload too large; on_drained
  // follows a full queue).
  Status send(NodeId node, const SocketAddress& hint, std::string payload,
              Channel channel = Channel::kControl);
  // On the control channel, over every connection that is open: two boards may show the same certificate. Where none is, as send().
  void send_everywhere(NodeId node, const SocketAddress& hint, const std::string& payload);
  // The one answer that a stranger gets; its connection ends then. Errors: kUnavailable (gone), kLimit.
  Status reply(ConnectionId stranger, std::string payload) {
    ES_CHECK(transport_.send(stranger, std::move(payload)));
    transport_.finish(stranger);
    return {};
  }
  // It said what no stranger may say.
  void drop(ConnectionId stranger) { transport_.close(stranger); }

  // Dials whoever is there: a member that proves to be one is told to on_met, and its connection serves as any other. At
  // most kMaxMeetings at a time, a further one is not dialled.
  void meet(const SocketAddress& address);
  static constexpr size_t kMaxMeetings = 16;

  // Takes no connection any more, and closes those that there are.
  void close();
  // Closes all links to this node.
  void disconnect(NodeId node) { transport_.disconnect(node); }
  bool connected(NodeId node, Channel channel = Channel::kControl) const;
  size_t queued_bytes(NodeId node, Channel channel) const;
  const TlsTransport::Counters& counters() const { return transport_.counters(); }
  size_t connection_count() const { return transport_.connection_count(); }

 private:
  using Key = std::pair<NodeId, Channel>;
  struct Link {
    SocketAddress address;
    std::vector<ConnectionId> open;  // oldest first
    ConnectionId sending = 0;        // one of `open`, or being dialled; 0: none
    int failures = 0;                // dials in a row
    Instant next_dial;
    Instant last_sent;
  };
  struct Connection {
    Key key;
    VerifiedPeer peer;
    bool dialed = false;
    Instant last_used;
    Instant begun;
  };

  Result<ConnectionId> connection_for(const Key& key, Link& link);
  ConnectionId preferred(const Link& link) const;
  void move_to_preferred(Link& link);
  void on_open(const Opened& opened);
  void replace_older(Link& link, const Opened& opened);
  void abandon_dial(Link& link, ConnectionId opened, bool met);
  void on_message(ConnectionId id, std::string_view payload);
  void on_drained(ConnectionId id);
  void on_closed(ConnectionId id, const Closed& closed);
  void after_failure(Link& link, const Closed& closed);
  void sweep();
  bool is_forgotten(const Link& link) const;

  Loop& loop_;
  Limits limits_;
  Callbacks callbacks_;
  std::map<Key, Link> links_;
  std::map<ConnectionId, Connection> connections_;  // to members
  std::map<ConnectionId, SocketAddress> strangers_;
  std::map<ConnectionId, SocketAddress> meetings_;  // being dialled
  Timer sweeper_;
  TlsTransport transport_;  // last: it calls back
};

}  // namespace es::linux_net
