// The calls from outside, the deadlines, and the way out of every datagram.

#include "core/gossip/gossip.h"

#include <algorithm>

#include "core/wire/codec.h"

namespace es::gossip {

namespace {
constexpr size_t kFanout = 3;  // members told at each spread_interval
}

Gossip::Gossip(Options options, Instant now)
    : options_(std::move(options)),
      start_(options_.start),
      prng_(options_.seed),
      self_{options_.self, MemberState::kAlive, first_incarnation(start_), options_.address, options_.meta},
      now_(now),
      next_probe_(now),
      next_spread_(now),
      next_reach_out_(now),
      next_sync_(now),
      next_reply_in_doubt_(now),
      next_doubt_of_old_(now) {
  ES_ASSERT(!self_.node.empty() && !options_.cluster.empty());
  ES_ASSERT(is_numeric_ip(self_.address.ip) && self_.address.port != 0);
  ES_ASSERT(self_.meta.size() <= kMaxMetaBytes);
}

void Gossip::tick(Instant now) {
  catch_up(now);
  run_relay_timeouts(now_);
  run_probe_timeouts(now_);
  run_suspicions(now_);
  if (active() && next_probe_ <= now_) start_probe(now_);
  if (active() && next_reach_out_ <= now_) reach_out(now_);
  if (next_spread_ <= now_) spread(now_);
}

Instant Gossip::next_deadline() const {
  Instant next = kNever;
  if (!queue_.empty()) next = earlier(next, next_spread_);
  for (const Relay& relay : relays_) next = earlier(next, relay.deadline);
  if (!active()) return std::max(next, now_);

  bool live = false;
  bool dead = false;
  for (const auto& [node, member] : table_.all()) {
    live = live || member.record.live();
    dead = dead || member.record.state == MemberState::kDead;
    if (member.suspicion) next = earlier(next, member.suspicion->deadline());
  }
  for (const Probe& probe : probes_) next = earlier(next, probe.deadline);
  if (live) next = earlier(next, next_probe_);
  if (dead || (!live && !seeds_.empty())) next = earlier(next, next_reach_out_);
  return std::max(next, now_);
}

// Time passes. Timers that all expired while this node stood still say nothing about the others:
// their answers may wait in the socket's buffer.
void Gossip::catch_up(Instant now) {
  now = std::max(now, now_);
  const Instant due = next_deadline();
  if (due != kNever && now - options_.timing.stall_tolerance > due) {
    postpone_all(now - due);
    health_.worse(1);
    ++counters_.stalls;
  }
  now_ = now;
}

void Gossip::postpone_all(Duration by) {
  for (Probe& probe : probes_) probe.deadline = probe.deadline + by;
  for (Relay& relay : relays_) relay.deadline = relay.deadline + by;
  for (auto& [node, member] : table_.all()) {
    if (member.suspicion) member.suspicion->postpone(by);
  }
}

Output Gossip::take_output() { return std::exchange(output_, Output{}); }

void Gossip::join(Instant now, std::vector<SocketAddress> seeds) {
  set_seeds(now, std::move(seeds));
  if (!active()) announce(now_);
  for (const SocketAddress& seed : seeds_) send_join(seed);
  next_reach_out_ = now_ + options_.timing.reach_out_interval;
}

void Gossip::set_seeds(Instant now, std::vector<SocketAddress> seeds) {
  catch_up(now);
  std::erase(seeds, self_.address);
  if (seeds.size() > kMaxSeeds) seeds.resize(kMaxSeeds);
  seeds_ = std::move(seeds);
}

void Gossip::leave(Instant now) {
  catch_up(now);
  self_.state = MemberState::kLeft;
  probes_.clear();
  tell(now_, {self_, NodeId{}});
}

void Gossip::forget(NodeId node) {
  ES_ASSERT(node != self_.node);
  table_.erase(node);
  queue_.forget(node);
  std::erase_if(probes_, [&](const Probe& probe) { return probe.target == node; });
  std::erase_if(relays_, [&](const Relay& relay) { return relay.target == node; });
  datagrams_.forget(node);
  exchanges_.forget(node);
  if (!forgotten_.insert(node).second) return;
  forgotten_order_.push_back(node);
  if (forgotten_order_.size() > kMaxForgotten) {
    forgotten_.erase(forgotten_order_.front());
    forgotten_order_.pop_front();
  }
}

Status Gossip::set_meta(Instant now, std::string meta) {
  if (meta.size() > kMaxMetaBytes) {
    return Error{Errc::kLimit,
                 "gossip metadata is larger than " + std::to_string(kMaxMetaBytes) + " bytes"};
  }
  catch_up(now);
  if (meta == self_.meta) return {};
  self_.meta = std::move(meta);
  if (active()) announce(now_);
  return {};
}

void Gossip::set_address(Instant now, SocketAddress address) {
  ES_ASSERT(is_numeric_ip(address.ip) && address.port != 0);
  catch_up(now);
  if (address == self_.address) return;
  self_.address = std::move(address);
  if (active()) announce(now_);
}

// Rumours to a few at random. SWIM lets them ride on probes alone; a datagram of their own reaches
// everybody in tenths of a second instead of probe intervals, and costs nothing when there are
// none.
void Gossip::spread(Instant now) {
  const std::vector<NodeId> listeners = table_.draw_live(kFanout, prng_);
  if (listeners.empty()) queue_.clear();  // whoever comes later gets the whole table
  for (const NodeId node : listeners) {
    if (queue_.empty()) break;
    send(table_.find(node)->record.address, node, Spread{});
  }
  next_spread_ = now + options_.timing.spread_interval;
}

// Every datagram leaves here, filled up with rumours: first those that must go, then whatever fits.
void Gossip::send(const SocketAddress& to, NodeId recipient, Body body, std::vector<Rumour> first) {
  if (output_.datagrams.size() == kMaxDatagramsOut) {
    ++counters_.overflow;
    return;
  }
  // Lifeguard §IV-C, the buddy system: a suspect learns of it first, so that its answer can refute.
  const Member* member = table_.find(recipient);
  if (first.empty() && member != nullptr && member->record.state == MemberState::kSuspect) {
    first.push_back({member->record, self_.node});
  }
  Envelope envelope{options_.cluster, self_.node, std::move(body), std::move(first), 0, 0};
  if (start_ != 0) {
    envelope.start = start_;
    envelope.number = ++last_datagram_;
  }
  std::string bytes = wire::encode(envelope);
  if (!queue_.empty()) {
    std::vector<Rumour> more = queue_.take(kMaxDatagramBytes - bytes.size(), live_members());
    std::move(more.begin(), more.end(), std::back_inserter(envelope.rumours));
    bytes = wire::encode(envelope);
  }
  ES_ASSERT(bytes.size() <= kMaxDatagramBytes);
  output_.datagrams.push_back({to, std::move(bytes)});
}

}  // namespace es::gossip
