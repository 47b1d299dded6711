// What is believed: rumours weighed, suspicions begun, confirmed and carried out, and this node's
// own good name.

#include <utility>

#include "core/base/planted_bug.h"
#include "core/gossip/gossip.h"

namespace es::gossip {

void Gossip::hear(Instant now, Rumour rumour) {
  const NodeId node = rumour.record.node;
  if (is_forgotten(node)) return;
  if (node == self_.node) {
    hear_of_self(now, rumour.record);
    return;
  }
  Member* member = table_.find(node);
  if (!is_believable(rumour.record, member)) {
    question(now, node, rumour.record.address);
    return;
  }
  if (!may_confirm(rumour)) rumour.reporter = NodeId{};
  if (member == nullptr) {
    member = table_.insert(rumour.record, draw_first_turn(now));
    if (member == nullptr) {
      ++counters_.overflow;
      return;
    }
    adopt(now, *member, std::move(rumour));
    return;
  }
  const MemberRecord& held = member->record;
  if (rumour.record.state == MemberState::kDead && held.live() && !is_expected_death(now, *member, rumour.record)) {
    rumour.record.state = MemberState::kSuspect;  // why: see gossip.h
  }
  if (rumour.record.supersedes(held)) {
    adopt(now, *member, std::move(rumour));
  } else if (member->suspicion && rumour.record.state == MemberState::kSuspect &&
             rumour.record.incarnation == held.incarnation && !rumour.reporter.empty()) {
    suspect(now, *member, rumour.reporter);
  }
}

// Every member raises its own incarnation by little; a leap is somebody's lie, or what this node missed. At the end of the
// range no word of the member can rise above an accusation: there only silence accuses.
bool Gossip::is_believable(const MemberRecord& record, const Member* member) const {
  if (member != nullptr && record.incarnation == kMaxIncarnation && member->record.incarnation == kMaxIncarnation) {
    return record.state <= member->record.state;
  }
  const uint64_t held = member == nullptr ? kMaxIncarnation / 2 : member->record.incarnation;
  return record.incarnation <= held || record.incarnation - held <= kMaxJump;
}

// Whose suspicion shortens the time to refute: that of a member which is alive itself. What is passed on without a name is
// hearsay, and nobody accuses himself.
bool Gossip::may_confirm(const Rumour& rumour) const {
  if (rumour.reporter == rumour.record.node) return false;
  const Member* reporter = table_.find(rumour.reporter);
  return rumour.reporter == self_.node || (reporter != nullptr && reporter->record.live());
}

// Another's suspicion ran out: this node follows when its own had time enough for a refutation to arrive.
bool Gossip::is_expected_death(Instant now, const Member& member, const MemberRecord& record) const {
  if (!member.suspicion || record.incarnation != member.record.incarnation) return false;
  return member.suspicion->reported_by(self_.node) || now - member.since >= options_.timing.suspicion_min / 2;
}

// SWIM §4.2: only the member itself raises its incarnation, to say that it lives. Also when
// somebody remembers us from before a restart.
void Gossip::hear_of_self(Instant now, const MemberRecord& record) {
  if (record.incarnation < self_.incarnation || record == self_) return;
  if (record.state == MemberState::kSuspect || record.state == MemberState::kDead) {
    health_.worse(1);  // Lifeguard §IV-A: others had reason
    ++counters_.refutations;
  }
  if (ES_PLANTED(suspicion_without_refutation)) return;
  self_.incarnation = record.incarnation;
  announce(now);
}

uint64_t Gossip::first_incarnation(uint64_t start) {
  return std::min(start, kMaxIncarnation / kIncarnationsPerStart / 2) * kIncarnationsPerStart;
}

void Gossip::raise_start(Instant now, uint64_t start) {
  if (start <= start_) return;
  start_ = start;
  self_.incarnation = std::max(self_.incarnation, first_incarnation(start));
  announce(now);
}

// This node alive, under an incarnation that nobody has heard.
void Gossip::announce(Instant now) {
  self_.state = MemberState::kAlive;
  if (self_.incarnation < kMaxIncarnation) ++self_.incarnation;
  tell(now, {self_, NodeId{}});
}

// Pre: the rumour is about `member` and supersedes what was held, or `member` is new.
void Gossip::adopt(Instant now, Member& member, Rumour rumour) {
  if (member.record.state != rumour.record.state || member.since == Instant{}) member.since = now;
  member.record = rumour.record;
  member.suspicion.reset();
  if (rumour.record.state == MemberState::kSuspect) {
    member.suspicion.emplace(options_.timing, now, live_members(), rumour.reporter);
  }
  output_.events.push_back(rumour.record);
  tell(now, std::move(rumour));
}

// `reporter` found no life in a live member.
void Gossip::suspect(Instant now, Member& member, NodeId reporter) {
  if (!member.suspicion) {
    MemberRecord record = member.record;
    record.state = MemberState::kSuspect;
    adopt(now, member, {std::move(record), reporter});
  } else if (member.suspicion->confirm(reporter)) {
    tell(now, {member.record, reporter});
  }
}

void Gossip::run_suspicions(Instant now) {
  if (!active()) return;
  for (auto& [node, member] : table_.all()) {
    if (!member.suspicion || member.suspicion->deadline() > now) continue;
    MemberRecord record = member.record;
    record.state = MemberState::kDead;
    adopt(now, member, {std::move(record), self_.node});
  }
}

void Gossip::tell(Instant now, Rumour rumour) {
  if (queue_.empty() && next_spread_ < now) next_spread_ = now;
  queue_.push(std::move(rumour));
}

}  // namespace es::gossip
