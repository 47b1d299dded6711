#include "platform/linux/net/peer_links.h"

#include <algorithm>

namespace es::linux_net {

namespace {

constexpr int kMaxDoublings = 16;
// On a local network a dial is answered long before.
constexpr Duration kDialPatience = seconds(1);

}  // namespace

PeerLinks::PeerLinks(Loop& loop, Limits limits, Callbacks callbacks, Log log)
    : loop_(loop),
      limits_(limits),
      callbacks_(std::move(callbacks)),
      sweeper_(loop, [this] { sweep(); }),
      transport_(
          loop, limits.transport,
          {.on_open = [this](const Opened& opened) { on_open(opened); },
           .on_message = [this](ConnectionId id,
                                std::string_view payload) { on_message(id, payload); },
           .on_drained = [this](ConnectionId id) { on_drained(id); },
           .on_closed = [this](ConnectionId id, const Closed& closed) { on_closed(id, closed); }},
          std::move(log)) {}

Status PeerLinks::set_identity(const crypto::NodeIdentity& identity) {
  const auto before = transport_.self();
  ES_CHECK(transport_.set_identity(identity));
  if (before && *before != identity.self()) {
    for (const auto& [id, connection] : connections_) transport_.close(id);
  }
  return {};
}

Status PeerLinks::send(NodeId node, const SocketAddress& hint, std::string payload,
                       Channel channel) {
  const Key key{node, channel};
  if (!links_.contains(key) && links_.size() >= limits_.links)
    return Error{Errc::kLimit, "there are too many links to nodes"};
  Link& link = links_[key];
  if (!hint.empty()) link.address = hint;
  ES_TRY(const ConnectionId id, connection_for(key, link));
  ES_CHECK(transport_.send(id, std::move(payload)));
  link.last_sent = loop_.now();
  connections_.at(id).last_used = link.last_sent;
  if (!sweeper_.armed()) sweeper_.after(limits_.spare);
  return {};
}

void PeerLinks::send_everywhere(NodeId node, const SocketAddress& hint, const std::string& payload) {
  const auto link = links_.find({node, Channel::kControl});
  if (link == links_.end() || link->second.open.empty()) {
    static_cast<void>(send(node, hint, payload).ok());  // said again
    return;
  }
  for (const ConnectionId id : link->second.open) {
    static_cast<void>(transport_.send(id, payload).ok());
    connections_.at(id).last_used = loop_.now();
  }
}

void PeerLinks::close() {
  stop_listening();
  for (const auto& [id, connection] : connections_) transport_.close(id);
  for (const auto& [id, address] : strangers_) transport_.close(id);
  for (const auto& [id, address] : meetings_) transport_.close(id);
}

Result<ConnectionId> PeerLinks::connection_for(const Key& key, Link& link) {
  if (link.sending == 0) link.sending = preferred(link);
  if (link.sending != 0) {
    move_to_preferred(link);
    return link.sending;
  }
  const std::string name = "node " + key.first.to_string();
  if (link.address.empty()) return unavailable("no address of " + name + " is known");
  if (loop_.now() < link.next_dial) return unavailable(name + " could not be reached a moment ago");
  link.sending = transport_.dial(link.address, {.channel = key.second, .node = key.first});
  connections_[link.sending] = {
      .key = key, .peer = {}, .dialed = true, .last_used = loop_.now(), .begun = loop_.now()};
  return link.sending;
}

void PeerLinks::meet(const SocketAddress& address) {
  if (meetings_.size() >= kMaxMeetings) return;
  meetings_.emplace(transport_.dial(address, {.channel = Channel::kControl}), address);
}

// The newest connection that the node with the lower id dialled, else the newest of the others: both ends come to
// the same answer. 0: none is open.
ConnectionId PeerLinks::preferred(const Link& link) const {
  ConnectionId newest = 0;
  for (const ConnectionId id : link.open) {
    const Connection& connection = connections_.at(id);
    const bool we_are_lower = transport_.self()->node < connection.key.first;
    if (connection.dialed == we_are_lower) newest = id;
  }
  if (newest != 0 || link.open.empty()) return newest;
  return link.open.back();
}

// Two nodes may dial each other at the same moment. Both connections stay until what was sent on
// them has arrived; then both ends move to the same one, and the spare one is swept.
void PeerLinks::move_to_preferred(Link& link) {
  const ConnectionId best = preferred(link);
  const bool dialing =
      std::find(link.open.begin(), link.open.end(), link.sending) == link.open.end();
  if (best == link.sending || dialing) return;
  if (loop_.now() - link.last_sent < limits_.quiet || transport_.queued_bytes(link.sending) > 0)
    return;
  link.sending = best;
}

void PeerLinks::on_open(const Opened& opened) {
  if (!opened.peer) {
    strangers_.emplace(opened.id, opened.address);
    return;
  }
  const auto meeting = meetings_.extract(opened.id);
  // A search of the LAN finds this node too: both ends of that connection are here.
  if (!meeting.empty() && opened.peer->identity.node == transport_.self()->node) return transport_.close(opened.id);
  const Key key{opened.peer->identity.node, opened.channel};
  connections_[opened.id] = {
      .key = key, .peer = *opened.peer, .dialed = opened.dialed,
      .last_used = loop_.now(), .begun = loop_.now()};
  Link& link = links_[key];
  link.failures = 0;
  replace_older(link, opened);
  link.open.push_back(opened.id);
  abandon_dial(link, opened.id, !meeting.empty());
  if (!sweeper_.armed()) sweeper_.after(limits_.spare);
  if (link.open.size() == 1 && callbacks_.on_up) callbacks_.on_up(key.first, key.second);
  if (meeting.empty()) return;
  link.address = meeting.mapped();
  if (callbacks_.on_met) callbacks_.on_met(*opened.peer, meeting.mapped());
}

// Who dials again has lost the connection that it dialled before, whatever this side still believes of it: the board was power-cycled. Or another
// board has its identity, and then each of them is to be heard: only send_everywhere() uses the older connection, which is swept when it says
// nothing. Of several older ones the last stays.
void PeerLinks::replace_older(Link& link, const Opened& opened) {
  ConnectionId last = 0;
  for (const ConnectionId id : link.open) {
    if (connections_.at(id).dialed != opened.dialed) continue;
    if (link.sending == id) link.sending = opened.id;
    if (last != 0) transport_.close(last);
    last = id;
  }
}

// Both may dial each other at the same moment; but a dial that takes long, or goes on when the node was found elsewhere, goes
// to an address that the node has no more. What waits for it waits in vain.
void PeerLinks::abandon_dial(Link& link, ConnectionId opened, bool met) {
  const ConnectionId dial = link.sending;
  if (dial == 0 || std::find(link.open.begin(), link.open.end(), dial) != link.open.end()) return;
  if (!met && loop_.now() - connections_.at(dial).begun < kDialPatience) return;
  link.sending = opened;
  transport_.close(dial);
}

void PeerLinks::on_message(ConnectionId id, std::string_view payload) {
  if (const auto at = connections_.find(id); at != connections_.end()) {
    at->second.last_used = loop_.now();
    return callbacks_.on_message(at->second.peer, at->second.key.second, payload);
  }
  const auto stranger = strangers_.find(id);
  if (stranger != strangers_.end() && callbacks_.on_stranger)
    callbacks_.on_stranger(id, stranger->second, payload);
}

void PeerLinks::on_drained(ConnectionId id) {
  const auto at = connections_.find(id);
  if (at != connections_.end() && callbacks_.on_drained)
    callbacks_.on_drained(at->second.key.first, at->second.key.second);
}

void PeerLinks::on_closed(ConnectionId id, const Closed& closed) {
  strangers_.erase(id);
  meetings_.erase(id);
  const auto connection = connections_.extract(id);
  if (connection.empty()) return;
  const Key key = connection.mapped().key;
  Link& link = links_.at(key);
  const bool was_open = std::erase(link.open, id) > 0;
  if (!was_open) after_failure(link, closed);
  if (link.sending == id) link.sending = preferred(link);
  const bool is_self = transport_.self() && transport_.self()->node == key.first;  // a copy of this node, or this node itself: nobody's loss
  if (link.open.empty() && !is_self && callbacks_.on_down) callbacks_.on_down(key.first, key.second, closed);
}

void PeerLinks::after_failure(Link& link, const Closed& closed) {
  // Somebody who refuses us now will refuse us in 50 ms too.
  const int doublings = closed.kind == CloseKind::kRefused ? kMaxDoublings : link.failures;
  link.failures = std::min(link.failures + 1, kMaxDoublings);
  link.next_dial =
      loop_.now() + std::min(limits_.backoff_min * (int64_t{1} << doublings), limits_.backoff_max);
}

// Closes what nobody has used for a while and forgets links without a connection.
void PeerLinks::sweep() {
  for (auto& [key, link] : links_) {
    const ConnectionId best = preferred(link);
    for (const ConnectionId id : link.open) {
      const Duration unused = loop_.now() - connections_.at(id).last_used;
      if (unused < (id == best ? limits_.idle : limits_.spare)) continue;
      if (link.sending == id) link.sending = id == best ? 0 : best;
      transport_.close(id);
    }
  }
  std::erase_if(links_, [&](const auto& entry) { return is_forgotten(entry.second); });
  if (!links_.empty()) sweeper_.after(std::min(limits_.spare, limits_.idle));
}

bool PeerLinks::is_forgotten(const Link& link) const {
  return link.open.empty() && link.sending == 0 && loop_.now() - link.last_sent >= limits_.idle;
}

bool PeerLinks::connected(NodeId node, Channel channel) const {
  const auto link = links_.find({node, channel});
  return link != links_.end() && !link->second.open.empty();
}

size_t PeerLinks::queued_bytes(NodeId node, Channel channel) const {
  const auto link = links_.find({node, channel});
  return link == links_.end() ? 0 : transport_.queued_bytes(link->second.sending);
}

}  // namespace es::linux_net
