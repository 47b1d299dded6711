// Campaigns: from an election timeout to leadership. Raft §5.2, thesis §9.6 for the round before
// it.

#include <utility>

#include "core/base/planted_bug.h"
#include "core/raft/raft.h"

namespace es::raft {

namespace {

// How long a healing member waits for a leader whom others elect, in election timeouts.
constexpr int64_t kHealingPatience = 30;

}  // namespace

// Thesis §4.2.2: a node whose own removal is in its log and not known to be committed campaigns
// still. It may hold the only copy, and voters of the old configuration that lack the entry cannot
// win against its log. It does not count its own vote then.
bool Raft::may_campaign() const {
  if (failed_ || is_healing() || hard_.term >= kMaxTerm) return false;
  const Configuration* previous = configs_.previous();
  const bool leaving = change_pending() && previous != nullptr && is_voter(*previous, options_.id);
  return leaving || is_voter(config(), options_.id);
}

void Raft::campaign() {
  if (leading() != nullptr || !may_campaign()) return;
  if (options_.pre_vote && !ES_PLANTED(pre_vote_skipped))
    start_pre_campaign();
  else
    start_campaign(false);
}

void Raft::start_pre_campaign() {
  become_follower(hard_.term, kNobody);
  state_ = Campaigning{.pre = true, .votes = {}};
  ask_for_votes(true, false);
  count_vote(options_.id, true);
}

void Raft::start_campaign(bool transfer) {
  become_follower(hard_.term + 1, kNobody);
  set_vote(
      options_
          .id);  // counted in persisted(): this vote too is a promise that must survive a power cut
  state_ = Campaigning{.pre = false, .votes = {}};
  ask_for_votes(false, transfer);
}

void Raft::ask_for_votes(bool pre, bool transfer) {
  const Index index = log_.last_index();
  const Term term = log_.last_term();
  for (const PeerId voter : config().voters) {
    if (voter == options_.id) continue;
    if (pre)
      send_in_term(hard_.term + 1, voter, PreVote{index, term}, After::kTerm);
    else
      send(voter, Vote{index, term, transfer});
  }
}

void Raft::count_vote(PeerId from, bool granted) {
  Campaigning* campaign = campaigning();
  campaign->votes.emplace(from, granted);
  switch (tally(config().voters, campaign->votes)) {
    case VoteResult::kPending:
      return;
    case VoteResult::kLost:
      return become_follower(hard_.term, kNobody);
    case VoteResult::kWon:
      return campaign->pre ? start_campaign(false) : become_leader();
  }
}

// Raft §5.4.1: a voter denies its vote if its own log is more up to date, so a leader holds
// everything committed. A log that rot has cut is no measure of what this node acknowledged; where
// it ended is one, if that is known.
bool Raft::votes_for(Index last_index, Term last_term) const {
  if (is_healing() && !ES_PLANTED(healing_member_votes)) {
    if (!may_vote_while_healing()) return false;
    if (std::pair{last_term, last_index} < std::pair{hard_.lost_term, hard_.lost_index}) return false;
  }
  return log_.up_to_date(last_index, last_term);
}

// A disk that rots is trusted last: others elect a leader if they can, and it heals this node. Where they cannot (one of two managers, or one
// of three with another one down), nobody would lead for ever.
bool Raft::may_vote_while_healing() const {
  return hard_.vote_kept && now_ticks_ - led_tick_ >= kHealingPatience * options_.election_ticks;
}

void Raft::become_leader() {
  state_ = Leading{};
  term_leader_ = options_.id;
  election_elapsed_ = 0;
  heartbeat_elapsed_ = 0;
  track_members();
  for (auto& [peer, progress] : leading()->peers) progress.next = log_.last_index() + 1;
  // Raft §5.4.2: entries of earlier terms commit only together with one of this term, so there is
  // one at once.
  append_own(EntryType::kNoop, "");
  broadcast_append();
}

}  // namespace es::raft
