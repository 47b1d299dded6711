// Anti-entropy: whole tables when they differ, the dead tried again, and the first words to a
// cluster.

#include "core/gossip/gossip.h"
#include "core/wire/codec.h"

namespace es::gossip {

void Gossip::send_table(const SocketAddress& to, bool reply_wanted, uint64_t sequence) {
  TableSync sync{options_.cluster, self_.node, reply_wanted, {self_}, start_, 0, sequence};
  if (start_ != 0) sync.number = ++last_exchange_;
  for (const auto& [node, member] : table_.all()) {
    if (sync.members.size() == kMaxMembers) break;
    sync.members.push_back(member.record);
  }
  ++counters_.syncs;
  output_.syncs.push_back({to, wire::encode(sync)});
}

void Gossip::ask_for_table(const SocketAddress& of) {
  tables_asked_.push_back({draw_sequence(), of});
  if (tables_asked_.size() > kMaxTablesAsked) tables_asked_.pop_front();
  send_table(of, true, tables_asked_.back().sequence);
}

// Whether it is the table that this node asked its sender for: like the answer to a probe, nobody recorded it before.
bool Gossip::take_answer(const TableSync& sync) {
  const Member* member = table_.find(sync.from);
  if (sync.reply_wanted || member == nullptr) return false;
  return std::erase_if(tables_asked_, [&](const TableAsked& asked) {
           return asked.sequence == sync.sequence && asked.of == member->record.address;
         }) > 0;
}

// A question for a table that was refused: a copy, or behind a lie in its sender's name. The reply sets the asker's own guard
// right, so that two who were both lied to about each other do not refuse each other's questions for ever.
void Gossip::reply_in_doubt(Instant now, const TableSync& sync) {
  const Member* member = table_.find(sync.from);
  if (!sync.reply_wanted || member == nullptr || !member->record.live() || now < next_reply_in_doubt_) return;
  next_reply_in_doubt_ = now + options_.timing.sync_interval;
  send_table(member->record.address, false, sync.sequence);
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
  if (take_answer(*decoded)) {
    exchanges_.answered(now_, decoded->from, decoded->start, decoded->number);
  } else if (!exchanges_.accept(now_, decoded->from, decoded->start, decoded->number)) {
    ++counters_.replayed;
    reply_in_doubt(now_, *decoded);
    return;
  }
  // A table is hearsay: it does not say who found out what it holds.
  for (const MemberRecord& record : decoded->members) hear(now_, {record, NodeId{}});
  const Member* member = table_.find(decoded->from);
  if (decoded->reply_wanted && member != nullptr) send_table(member->record.address, false, decoded->sequence);
}

// A difference while rumours are under way is what rumours are for; one that stays is what they
// missed.
void Gossip::compare_digest(Instant now, const SocketAddress& from, uint64_t theirs) {
  if (theirs == 0 || theirs == digest() || !queue_.empty() || now < next_sync_) return;
  next_sync_ = now + options_.timing.sync_interval;
  ask_for_table(from);
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
