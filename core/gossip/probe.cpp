// The failure detector: direct probes, probes through others, and what their silence means.

#include <algorithm>
#include <tuple>

#include "core/gossip/gossip.h"

namespace es::gossip {

namespace {
constexpr size_t kRelays = 3;  // SWIM's k
constexpr auto kMaxQuestions = static_cast<std::ptrdiff_t>(kMaxProbes / 2);  // lies must not keep this node from probing
}

Instant Gossip::draw_next_probe(Instant now) {
  const Duration interval = health_.stretched(options_.timing.probe_interval);
  const auto jitter = static_cast<int64_t>(prng_.below(static_cast<uint64_t>(interval.ns / 5) + 1));
  return now + interval - interval / 10 + nanoseconds(jitter);
}

// Somewhere among the turns of the others: nodes that met at the same moment must not probe in the
// same order ever after.
Instant Gossip::draw_first_turn(Instant now) {
  const Duration round = options_.timing.probe_interval * static_cast<int64_t>(live_members());
  return now - nanoseconds(static_cast<int64_t>(prng_.below(static_cast<uint64_t>(round.ns))));
}

// A member suspected by others but not by this node comes first, so that the suspicion is confirmed
// or refuted soon. Else the one with the oldest contact: after n-1 probes at most everybody had a
// turn (SWIM §4.3, time-bounded completeness). Those that never answered this node are a group of their own, with every other
// turn while there are any, so that hundreds of invented members at most double the time in which a known one is found dead.
Member* Gossip::next_to_probe() {
  Member* chosen = nullptr;
  const auto rank = [&](const Member& member) {
    const bool unconfirmed = member.suspicion && !member.suspicion->reported_by(self_.node);
    return std::tuple(member.answered != strangers_turn_, unconfirmed, -member.last_turn.ns);
  };
  for (auto& [node, member] : table_.all()) {
    if (!member.record.live()) continue;
    // A question, which anybody can bring about, is no probe: its silence says nothing.
    const auto waits = [&, id = node](const Probe& probe) { return probe.target == id && !probe.question; };
    if (std::any_of(probes_.begin(), probes_.end(), waits)) continue;
    if (chosen == nullptr || rank(member) > rank(*chosen)) chosen = &member;
  }
  return chosen;
}

void Gossip::start_probe(Instant now) {
  next_probe_ = draw_next_probe(now);
  if (probes_.size() == kMaxProbes) return;
  Member* member = next_to_probe();
  if (member == nullptr) return;
  strangers_turn_ = !strangers_turn_;
  member->last_turn = now;
  ++counters_.probes;
  const uint64_t sequence = draw_sequence();
  const Instant deadline = now + health_.stretched(options_.timing.probe_timeout);
  probes_.push_back({sequence, member->record.node, deadline, false, false, {}, 0, 0});
  send(member->record.address, member->record.node, Ping{sequence, member->record.node, digest()});
}

// The upper half is never the same twice, the lower half never the same after a restart: what answers it was not recorded
// earlier, and who did not see it can hardly answer it.
uint64_t Gossip::draw_sequence() { return ++asked_so_far_ << 32 | prng_.next() >> 32; }

// The sequence that asks `node` for its own word; 0, which no answer is awaited to, when it or enough others are being asked.
uint64_t Gossip::await_word(Instant now, NodeId node, const SocketAddress& address) {
  const auto asked = [&](const Probe& probe) { return probe.target == node && probe.question; };
  const auto questions = std::count_if(probes_.begin(), probes_.end(), [](const Probe& probe) { return probe.question; });
  if (questions == kMaxQuestions || probes_.size() == kMaxProbes || std::any_of(probes_.begin(), probes_.end(), asked)) return 0;
  const uint64_t sequence = draw_sequence();
  probes_.push_back({sequence, node, now + options_.timing.probe_timeout, false, true, address, 0, 0});
  return sequence;
}

// Whether the member lives, and under which incarnation, it says itself. False when it cannot be asked now.
bool Gossip::question(Instant now, NodeId node, const SocketAddress& address) {
  ++counters_.doubted;
  const uint64_t sequence = await_word(now, node, address);
  if (sequence != 0) send(address, node, Ping{sequence, node, 0});
  return sequence != 0;
}

// It answered a question that nobody else saw. Its own incarnation counts, where rumours cannot carry it: too far above what
// is held, or at the end of the range.
void Gossip::own_word(Instant now, const Probe& probe, uint64_t incarnation) {
  if (incarnation == 0) return;
  Member* member = table_.find(probe.target);
  if (member == nullptr) {
    if (!probe.question) return;
    MemberRecord record{probe.target, MemberState::kAlive, incarnation, probe.address, {}};
    member = table_.insert(record, now);
    if (member == nullptr) ++counters_.overflow;
    else adopt(now, *member, {std::move(record), NodeId{}});
    return;
  }
  const MemberRecord& held = member->record;
  const bool at_the_end = held.incarnation == kMaxIncarnation && incarnation == kMaxIncarnation;
  if (incarnation <= held.incarnation && !(at_the_end && held.state != MemberState::kAlive)) return;
  MemberRecord record = held;
  record.state = MemberState::kAlive;
  record.incarnation = incarnation;
  if (probe.question) record.address = probe.address;
  adopt(now, *member, {std::move(record), NodeId{}});
}

void Gossip::run_probe_timeouts(Instant now) {
  for (size_t i = 0; i < probes_.size();) {
    if (probes_[i].deadline > now) {
      ++i;
    } else if (probes_[i].question) {
      probes_.erase(probes_.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (!probes_[i].indirect) {
      ask_relays(now, probes_[i]);
      ++i;
    } else {
      const Probe failed = probes_[i];
      probes_.erase(probes_.begin() + static_cast<std::ptrdiff_t>(i));
      probe_failed(now, failed);
    }
  }
}

// SWIM §3.1: k members probe for us, so that one bad link does not make a suspect.
void Gossip::ask_relays(Instant now, Probe& probe) {
  probe.indirect = true;
  probe.deadline = now + health_.stretched(options_.timing.indirect_timeout);
  const Member* member = table_.find(probe.target);
  if (member == nullptr) return;
  for (const NodeId relay : table_.draw_relays(kRelays, probe.target, prng_)) {
    send(table_.find(relay)->record.address, relay,
         PingRequest{probe.sequence, probe.target, member->record.address});
    ++probe.nacks_due;
  }
}

// Lifeguard §IV-A: relays that did not even say no point to our own link; their number, not the
// failure, is what we doubt ourselves by. Without relays nothing tells the two apart.
void Gossip::probe_failed(Instant now, const Probe& probe) {
  ++counters_.probes_failed;
  health_.worse(probe.nacks_due == 0 ? 1 : probe.nacks_due - probe.nacks);
  Member* member = table_.find(probe.target);
  if (member == nullptr || !member->record.live()) return;
  suspect(now, *member, self_.node);
}

void Gossip::run_relay_timeouts(Instant now) {
  for (const Relay& relay : relays_) {
    if (relay.deadline <= now) send(relay.asker, NodeId{}, Nack{relay.asked_sequence});
  }
  std::erase_if(relays_, [&](const Relay& relay) { return relay.deadline <= now; });
}

}  // namespace es::gossip
