// Datagrams that arrive, one function a kind.

#include <algorithm>

#include "core/gossip/gossip.h"

namespace es::gossip {

namespace {
// How long what a member said before it left may still arrive.
constexpr Duration kFarewell = seconds(2);
}  // namespace

void Gossip::receive(Instant now, const SocketAddress& from, std::string_view datagram) {
  catch_up(now);
  Result<Envelope> decoded = decode_datagram(datagram);
  if (!decoded) {
    ++counters_.malformed;
    return;
  }
  const Envelope& envelope = *decoded;
  if (envelope.cluster != options_.cluster) {
    ++counters_.foreign;
    return;
  }
  if (is_forgotten(envelope.from)) {
    ++counters_.forgotten;
    return;
  }
  if (envelope.from == self_.node) {
    ++counters_.misdirected;
    return;
  }
  if (!active()) return;
  if (is_answer(envelope)) {
    datagrams_.answered(now_, envelope.from, envelope.start, envelope.number);
  } else if (!datagrams_.accept(now_, envelope.from, envelope.start, envelope.number)) {
    ++counters_.replayed;
    ask_sender(now_, from, envelope);
    return;
  }
  // Rumours first: the answer to a probe that brings a suspicion then carries its refutation.
  for (const Rumour& rumour : envelope.rumours) hear(now_, rumour);
  correct_sender(now_, from, envelope);
  std::visit([&](const auto& body) { handle(now_, from, envelope.from, body); }, envelope.body);
}

// Whether this node asked the sender, and waits for it: see ReplayGuard. Whoever has the key may have us ask anywhere, by a
// rumour or as a relay; of a member that is alive, only what was asked where it is known to be is its own answer.
bool Gossip::is_answer(const Envelope& envelope) const {
  const auto* ack = std::get_if<Ack>(&envelope.body);
  if (ack == nullptr || !ack->node.empty()) return false;
  const Member* member = table_.find(envelope.from);
  return std::any_of(probes_.begin(), probes_.end(), [&](const Probe& probe) {
    if (probe.sequence != ack->sequence || probe.target != envelope.from) return false;
    return !probe.question || member == nullptr || !member->record.live() || probe.address == member->record.address;
  });
}

// Its number is used up or left behind, by a copy of this datagram or by a lie in the sender's name. An answer ends a lie and
// makes every copy older than itself. What is older is most likely a copy, unless the answer was forged: then the sender is
// asked once in a probe_interval, so that copies cannot make this node ask and ask. If it was a probe that made
// this node ask, it is answered, which changes nothing here: a node that is lied about must not find all others silent.
void Gossip::ask_sender(Instant now, const SocketAddress& from, const Envelope& envelope) {
  if (!datagrams_.is_doubtful(envelope.from, envelope.start, envelope.number)) {
    if (now < next_doubt_of_old_) return;
    next_doubt_of_old_ = now + options_.timing.probe_interval;
  }
  const Member* member = table_.find(envelope.from);
  const bool alive = member != nullptr && member->record.live();
  if (!question(now, envelope.from, alive ? member->record.address : from)) return;
  const auto* ping = std::get_if<Ping>(&envelope.body);
  if (ping != nullptr && ping->target == self_.node) acknowledge(from, envelope.from, *ping);
}

void Gossip::acknowledge(const SocketAddress& to, NodeId sender, const Ping& ping) {
  send(to, sender, Ack{ping.sequence, NodeId{}, digest(), self_.incarnation});
}

// A sender that we hold dead, or that speaks with an incarnation that is not its last (a restarted
// node begins at 0 again), is told at once what we hold of it, and answers with a higher one.
void Gossip::correct_sender(Instant now, const SocketAddress& from, const Envelope& envelope) {
  const Member* member = table_.find(envelope.from);
  if (member == nullptr) return;
  const MemberRecord& held = member->record;
  const bool outdated =
      std::any_of(envelope.rumours.begin(), envelope.rumours.end(), [&](const Rumour& rumour) {
        return rumour.record.node == envelope.from && rumour.record.state == MemberState::kAlive &&
               rumour.record != held && !rumour.record.supersedes(held);
      });
  // What a node says while it leaves needs no answer; one that goes on speaking has not left, whoever said so.
  const bool leaving = held.state == MemberState::kLeft && !outdated && now - member->since < kFarewell;
  if (leaving || (held.live() && !outdated)) return;
  send(from, envelope.from, Spread{}, {{held, self_.node}});
  // At the end of the range it has no higher word to say: its answer is one.
  if (!held.live() && held.incarnation == kMaxIncarnation) question(now, envelope.from, from);
}

void Gossip::handle(Instant now, const SocketAddress& from, NodeId sender, const Ping& ping) {
  if (ping.target != self_.node) {
    ++counters_.misdirected;
    return;
  }
  acknowledge(from, sender, ping);
  Member* member = table_.find(sender);
  // Its probe tells as much as ours. One that speaks but hears nobody cannot escape ours this way:
  // Lifeguard slows its probes down, and it is the longest silent soon.
  if (member != nullptr) member->last_turn = now;
  compare_digest(now, from, ping.digest);
}

void Gossip::handle(Instant now, const SocketAddress& from, NodeId, const PingRequest& request) {
  if (relays_.size() == kMaxRelays) {
    ++counters_.overflow;
    return;
  }
  const uint64_t sequence = draw_sequence();
  relays_.push_back(
      {sequence, request.sequence, request.target, from, now + options_.timing.relay_timeout});
  send(request.address, request.target, Ping{sequence, request.target, 0});
}

void Gossip::handle(Instant now, const SocketAddress& from, NodeId sender, const Ack& ack) {
  const NodeId answered = ack.node.empty() ? sender : ack.node;
  const auto relay = std::find_if(relays_.begin(), relays_.end(), [&](const Relay& one) {
    return one.sequence == ack.sequence && one.target == sender;
  });
  if (relay != relays_.end()) {
    send(relay->asker, NodeId{}, Ack{relay->asked_sequence, sender, 0, 0});
    relays_.erase(relay);
  }
  const auto probe = std::find_if(probes_.begin(), probes_.end(), [&](const Probe& one) {
    return one.sequence == ack.sequence && one.target == answered;
  });
  if (probe != probes_.end()) {
    const Probe answered_probe = *probe;
    probes_.erase(probe);
    if (!answered_probe.question) health_.better();
    if (ack.node.empty()) own_word(now, answered_probe, ack.incarnation);
    if (Member* member = table_.find(sender); member != nullptr && ack.node.empty()) member->answered = true;
  }
  compare_digest(now, from, ack.digest);
}

void Gossip::handle(Instant, const SocketAddress&, NodeId, const Nack& nack) {
  for (Probe& probe : probes_) {
    if (probe.sequence == nack.sequence && probe.nacks < probe.nacks_due) ++probe.nacks;
  }
}

// A newcomer gets what fits a datagram at once, and the whole table by the reliable channel.
void Gossip::handle(Instant, const SocketAddress& from, NodeId sender, const Join&) {
  send(from, sender, Spread{}, {{self_, NodeId{}}});
  ask_for_table(from);
}

void Gossip::handle(Instant, const SocketAddress&, NodeId, const Spread&) {}

}  // namespace es::gossip
