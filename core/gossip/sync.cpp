// Anti-entropy: whole tables when they differ, the dead tried again, and the first words to a
// cluster.

#include "core/gossip/gossip.h"
#include "core/wire/codec.h"

namespace es::gossip {

void Gossip::sync_with(const SocketAddress& to, bool reply_wanted) {
  TableSync sync{options_.cluster, self_.node, reply_wanted, {self_}, start_, 0};
  if (start_ != 0) sync.number = ++last_exchange_;
  for (const auto& [node, member] : table_.all()) {
    if (sync.members.size() == kMaxMembers) break;
    sync.members.push_back(member.record);
  }
  ++counters_.syncs;
  output_.syncs.push_back({to, wire::encode(sync)});
}

void Gossip::receive_sync(Instant now, std::string_view bytes) {
  catch_up(now);
  Result<TableSync> decoded = decode_sync(bytes);
  if (!decoded) {
    ++counters_.malformed;
    return;
  }
  if (decoded->cluster != options_.cluster) {
    ++counters_.foreign;
    return;
  }
  if (is_forgotten(decoded->from)) {
    ++counters_.forgotten;
    return;
  }
  if (!active() || decoded->from == self_.node) return;
  if (!exchanges_.accept(now_, decoded->from, decoded->start, decoded->number)) {
    ++counters_.replayed;
    return;
  }
  // A table is hearsay: it does not say who found out what it holds.
  for (const MemberRecord& record : decoded->members) hear(now_, {record, NodeId{}});
  const Member* member = table_.find(decoded->from);
  if (decoded->reply_wanted && member != nullptr) sync_with(member->record.address, false);
}

// A difference while rumours are under way is what rumours are for; one that stays is what they
// missed.
void Gossip::compare_digest(Instant now, const SocketAddress& from, uint64_t theirs) {
  if (theirs == 0 || theirs == digest() || !queue_.empty() || now < next_sync_) return;
  next_sync_ = now + options_.timing.sync_interval;
  sync_with(from, true);
}

// Nobody probes the dead, so two halves of a cluster would never hear of each other again.
void Gossip::reach_out(Instant now) {
  next_reach_out_ = now + options_.timing.reach_out_interval;
  if (const Member* dead = table_.draw_dead(prng_)) {
    const MemberRecord& record = dead->record;
    send(record.address, record.node, Ping{await_word(now, record.node, record.address), record.node, digest()}, {{record, self_.node}});
  }
  if (table_.live_count() > 0) return;
  for (const SocketAddress& seed : seeds_) send_join(seed);
}

void Gossip::send_join(const SocketAddress& seed) {
  send(seed, NodeId{}, Join{}, {{self_, NodeId{}}});
}

}  // namespace es::gossip
