// Terms, roles and time: what every message and tick goes through before its own rule. Raft §5.1.

#include "core/raft/raft.h"
#include "core/base/planted_bug.h"

#include <algorithm>

#include "core/base/assert.h"
#include "core/raft/sound.h"

namespace es::raft {
namespace {

Status check(const Restored& restored) {
  const SnapshotMeta& base = restored.snapshot.meta;
  if (!is_valid(base.config)) return corrupt("raft: the snapshot's configuration is impossible");
  Index index = base.index;
  Term term = base.term;
  for (const Entry& entry : restored.entries) {
    if (entry.index != ++index) {
      return corrupt("raft: the log has a gap before entry " + std::to_string(index));
    }
    if (entry.term < term) {
      return corrupt("raft: the term falls at entry " + std::to_string(index));
    }
    term = entry.term;
    if (entry.type == EntryType::kConfig) ES_CHECK(decode_configuration(entry.data));
  }
  const HardState& hard = restored.hard_state;
  if (hard.term < term) return corrupt("raft: the log is ahead of the term");
  if (hard.term > kMaxTerm || std::max(hard.lost_term, restored.lost_term) > kMaxTerm) {
    return corrupt("raft: nobody can have reached the stored term");
  }
  // A leader's first entry may still go just above the bound.
  if (std::max({index, hard.lost_index, restored.lost_index}) > 2 * kMaxIndex) {
    return corrupt("raft: nobody can have reached the stored index");
  }
  return {};
}

bool asks_for_vote(const Body& body) {
  const Vote* vote = std::get_if<Vote>(&body);
  return std::holds_alternative<PreVote>(body) || (vote != nullptr && !vote->transfer);
}

}  // namespace

Result<Raft> Raft::start(Options options, Restored restored) {
  ES_CHECK(validate(options));
  ES_CHECK(check(restored));
  return Raft(options, std::move(restored));
}

Raft::Raft(Options options, Restored restored)
    : options_(options),
      prng_(options.seed),
      hard_(restored.hard_state),
      log_(restored.snapshot.meta.index, restored.snapshot.meta.term),
      snapshot_(std::make_shared<const Snapshot>(std::move(restored.snapshot))),
      configs_(snapshot_->meta) {
  for (Entry& entry : restored.entries) {
    use_appended_config(entry);
    log_.append(std::move(entry));
  }
  log_.mark_restored();
  commit_ = snapshot_->meta.index;
  if (log_.matches(restored.commit, restored.commit_term)) {
    commit_ = std::max(commit_, restored.commit);
  }
  applied_ = snapshot_->meta.index;
  if (restored.lost_index > log_.last_index()) {
    // Rot that was found spared the vote: with a damaged vote nobody gets here.
    if (!is_healing()) hard_.vote_kept = true;
    hard_.lost_index = std::max(hard_.lost_index, restored.lost_index);
    const Term lost_term = restored.lost_term == 0 ? hard_.term : restored.lost_term;
    hard_.lost_term = std::max(hard_.lost_term, lost_term);
    hard_state_changed();
    log_.drop_saved_tail();
  }
  if (is_healing()) lost_.push_back({options_.id, hard_.lost_index, log_.last_index()});
  reset_election_timer();
  reported_.term = hard_.term;
}

Role Raft::role() const {
  if (leading() != nullptr) return Role::kLeader;
  if (const auto* campaign = std::get_if<Campaigning>(&state_)) {
    return campaign->pre ? Role::kPreCandidate : Role::kCandidate;
  }
  return Role::kFollower;
}

PeerId Raft::leader() const {
  if (leading() != nullptr) return options_.id;
  const auto* following = std::get_if<Following>(&state_);
  return following != nullptr ? following->leader : kNobody;
}

std::optional<PeerStatus> Raft::progress(PeerId peer) const {
  const Leading* lead = leading();
  if (lead == nullptr) return std::nullopt;
  const auto found = lead->peers.find(peer);
  if (found == lead->peers.end()) return std::nullopt;
  const Progress& known = found->second;
  const bool answers = known.recent_active && known.has_answered;
  return PeerStatus{known.match, known.state, answers, known.match >= commit_};
}

void Raft::step(const Message& message) {
  if (failed_) return;
  if (message.to != options_.id || message.from == kNobody || message.from == options_.id)
    return ignore();
  const bool possible = is_sound(message) && is_within_reach(message);
  if (!possible && !ES_PLANTED(impossible_terms_believed)) return ignore();
  if (!admits_term(message)) return;
  std::visit([&](const auto& body) { on(message, body); }, message.body);
}

// Whether the sender can have reached its term while this node did not hear of it. A node that
// joins has no measure of its own, and takes the word of the leader that sends it the log.
bool Raft::is_within_reach(const Message& message) const {
  const bool blank = hard_.term == 0 && config().voters.empty();
  const bool joins = blank && is_from_leader(message.body);
  return joins || message.term <= hard_.term || message.term - hard_.term <= kMaxTermJump;
}

// False if the message ends here.
bool Raft::admits_term(const Message& message) {
  if (message.term == hard_.term) return true;
  if (message.term < hard_.term) {
    answer_old_term(message);
    return false;
  }
  // Thesis §4.2.3, §6.2: who heard from a leader within an election timeout does not let a
  // candidate disturb it: a node that was removed or cut off cannot know better. An election that
  // the leader itself asked for is let through.
  const bool content = leader() != kNobody && election_elapsed_ < options_.election_ticks;
  if (asks_for_vote(message.body) && options_.check_quorum && content) return false;

  // A pre-vote is a question about a term that may never come (thesis §9.6).
  if (std::holds_alternative<PreVote>(message.body)) return true;
  const auto* pre_vote = std::get_if<PreVoteReply>(&message.body);
  if (pre_vote != nullptr && !pre_vote->reject) return true;

  become_follower(message.term, is_from_leader(message.body) ? message.from : kNobody);
  return true;
}

// Raft §5.1: a request with an old term is rejected, and the answer's term tells the sender.
// Without it, a node that came back with a higher term would ignore the leader, and be ignored by
// voters that are content, for ever.
void Raft::answer_old_term(const Message& message) {
  const Body& body = message.body;
  if (const auto* append = std::get_if<Append>(&body)) {
    send(message.from, AppendReply{.reject = true,
                                   .index = append->prev_index,
                                   .hint_index = log_.last_index(),
                                   .hint_term = log_.last_term()});
  } else if (is_from_leader(body)) {
    send(message.from, AppendReply{.reject = true});
  } else if (std::holds_alternative<Vote>(body)) {
    send(message.from, VoteReply{.reject = true});
  } else if (std::holds_alternative<PreVote>(body)) {
    send(message.from, PreVoteReply{.reject = true});
  }
}

void Raft::enter_term(Term term) {
  ES_ASSERT(term > hard_.term);
  hard_.term = term;
  hard_.vote = kNobody;
  term_leader_ = kNobody;
  incoming_.reset();
  hard_state_changed();
}

void Raft::set_vote(PeerId peer) {
  if (hard_.vote == peer) return;
  ES_ASSERT(hard_.vote == kNobody ||
            ES_PLANTED(second_vote_in_a_term));  // Raft §5.2: at most one vote a term
  hard_.vote = peer;
  hard_state_changed();
}

void Raft::become_follower(Term term, PeerId leader) {
  if (term > hard_.term) enter_term(term);
  if (leading() != nullptr) abandon_reads();
  abandon_forwarded_reads(now_ticks_ + 1);
  state_ = Following{leader};
  reset_election_timer();
}

// Raft §5.2: a term has one leader, unless some member voted twice in it: a copied disk, or one that forgot its vote.
bool Raft::is_rival(const Message& message) const {
  if (leading() != nullptr) return true;
  return term_leader_ != kNobody && term_leader_ != message.from && !ES_PLANTED(rival_leader_followed);
}

// Nobody can tell which of the two is right, so this term ends here, and for them with the answers to their next messages.
void Raft::hear_of_rival(PeerId peer) {
  rivals_.push_back(peer);
  become_follower(std::min(hard_.term + 1, kMaxTerm), kNobody);
  ignore();
}

void Raft::outgrow(Term term) {
  if (failed_ || term < hard_.term || term - hard_.term > kMaxTermJump || term >= kMaxTerm) return;
  become_follower(term, kNobody);
  campaign();
}

// A message that only the leader of this term sends. False if it cannot be one.
bool Raft::hear_from_leader(const Message& message) {
  if (is_rival(message)) {
    hear_of_rival(message.from);
    return false;
  }
  term_leader_ = message.from;
  led_tick_ = now_ticks_;
  auto* following = std::get_if<Following>(&state_);
  if (following == nullptr) {
    become_follower(hard_.term, message.from);  // Raft §5.2: a candidate finds that another one won
    return true;
  }
  following->leader = message.from;
  election_elapsed_ = 0;
  return true;
}

// What is committed agrees for ever (Raft §5.4.3), so only a member whose group split in two for a while can find otherwise. True when
// the leader's entry at `index` is not the one that was committed here.
bool Raft::contradicts_committed(Index index, Term term) {
  if (index > commit_ || log_.term(index).value_or(term) == term || ES_PLANTED(divergence_not_noticed)) return false;
  diverged_ = index;
  ignore();
  return true;
}

void Raft::reset_election_timer() {
  election_elapsed_ = 0;
  const auto ticks = static_cast<uint64_t>(options_.election_ticks);
  election_timeout_ = fixed_election_timeout_ != 0
                          ? fixed_election_timeout_
                          : options_.election_ticks + static_cast<int>(prng_.below(ticks));
}

void Raft::set_election_timeout(int ticks) {
  ES_ASSERT(ticks > 0);
  fixed_election_timeout_ = ticks;
  election_timeout_ = ticks;
}

void Raft::tick() {
  if (failed_) return;
  ++now_ticks_;
  ++election_elapsed_;
  abandon_forwarded_reads(now_ticks_ - options_.election_ticks);
  if (leading() != nullptr)
    tick_leader();
  else if (election_elapsed_ >= election_timeout_)
    campaign();
}

void Raft::tick_leader() {
  if (election_elapsed_ >= options_.election_ticks) {
    election_elapsed_ = 0;
    // Thesis §6.2: without a quorum for an election timeout, somebody else may lead already;
    // clients should find out.
    if (options_.check_quorum && !quorum_active()) return become_follower(hard_.term, kNobody);
    leading()->transferee =
        kNobody;  // thesis §3.10: the target did not take over in time; serve clients again
  }
  give_up_silent_transfers();
  if (++heartbeat_elapsed_ >= options_.heartbeat_ticks) {
    heartbeat_elapsed_ = 0;
    broadcast_heartbeat();
  }
}

void Raft::heard_from(Progress& peer) const {
  peer.recent_active = true;
  peer.has_answered = true;
  peer.heard_tick = now_ticks_;
}

// Whether a quorum was heard from since the last call.
bool Raft::quorum_active() {
  std::map<PeerId, bool> active{{options_.id, true}};
  for (auto& [peer, progress] : leading()->peers) {
    active[peer] = progress.recent_active;
    progress.recent_active = false;
  }
  return tally(config().voters, active) == VoteResult::kWon;
}

void Raft::peer_lost(PeerId peer) {
  if (Leading* lead = leading()) {
    if (const auto found = lead->peers.find(peer); found != lead->peers.end()) {
      found->second.transfer.connection_lost();
    }
  }
  const auto* following = std::get_if<Following>(&state_);
  if (following == nullptr || following->leader == kNobody || following->leader != peer) return;
  abandon_forwarded_reads(now_ticks_ + 1);
  state_ = Following{};  // no longer content: candidates are listened to
  const auto soon = 1 + static_cast<int64_t>(prng_.below(2));
  election_elapsed_ = std::max(election_elapsed_, election_timeout_ - soon);
}

Status Raft::check_leading() const {
  if (failed_) return Error{Errc::kIo, "raft: this node's disk failed"};
  if (leading() == nullptr) return unavailable("raft: this node is not the leader");
  if (leading()->transferee != kNobody) return unavailable("raft: leadership is being handed over");
  return {};
}

}  // namespace es::raft
