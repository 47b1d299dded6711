#include "core/node/doorkeeper.h"

#include <algorithm>
#include <utility>

#include "core/base/planted_bug.h"

namespace es::node {

void Doorkeeper::knows(NodeId node, Incarnations incarnations, bool follows) {
  const auto [at, is_new] = identities_.try_emplace(node);
  const bool is_blank = is_new || at->second.known == Incarnations{};
  if (is_blank || (follows && !contests_.contains(node))) at->second.known = incarnations;
}

void Doorkeeper::accept(Identity& identity, Instant now, const wire::Register& registration) {
  Incarnations& known = identity.known;
  if (registration.incarnation != known.accepted) {
    known.before = registration.incarnation == known.before ? 0 : known.accepted;
    known.accepted = registration.incarnation;
  }
  identity.accepted = registration;
  identity.heard = now;
  identity.speaks = registration.incarnation;
}

void Doorkeeper::keep_out(Identity& identity, uint64_t incarnation) {
  if (identity.kept_out.size() == kMaxKeptOut) identity.kept_out.erase(identity.kept_out.begin());
  identity.kept_out.push_back(incarnation);
}

Doorkeeper::Verdict Doorkeeper::registers(Instant now, NodeId node, const wire::Register& registration, Prng& prng) {
  const uint64_t incarnation = registration.incarnation;
  if (incarnation == 0) return Verdict::kLetIn;
  if (is_kept_out(node, incarnation)) return Verdict::kKeepOut;
  Identity& identity = identities_[node];
  const Incarnations& known = identity.known;
  const auto contest = contests_.find(node);
  if (incarnation == known.accepted) {
    accept(identity, now, registration);
    // It may have been pushed out when it was asked last.
    if (contest != contests_.end()) contest->second.next_question = now;
    return Verdict::kLetIn;
  }
  if (contest != contests_.end()) {
    // The newest of several: the one before it may be gone.
    if (!contest->second.returns || contest->second.newcomer.incarnation == incarnation) contest->second.newcomer = registration;
    return Verdict::kWait;
  }
  const bool returns = incarnation == known.before;
  const bool lives = identity.heard && now - *identity.heard < kAcceptedSilence;
  if (!returns && (known.accepted == 0 || !lives || ES_PLANTED(copied_board_let_in))) {
    accept(identity, now, registration);
    return Verdict::kLetIn;
  }
  contests_.emplace(node, Contest{registration, returns, prng.next(), now + kContest, now});
  return Verdict::kWait;
}

bool Doorkeeper::may_speak(NodeId node, uint64_t incarnation) {
  if (incarnation == 0) return true;
  Identity& identity = identities_[node];
  if (is_kept_out(node, incarnation)) return false;
  if (contests_.contains(node)) return incarnation == identity.known.accepted;
  if (identity.speaks == 0) identity.speaks = incarnation;
  return incarnation == identity.speaks;
}

void Doorkeeper::heard(Instant now, NodeId node) {
  const auto at = identities_.find(node);
  if (at != identities_.end() && at->second.known.accepted != 0) at->second.heard = now;
}

void Doorkeeper::lost(NodeId node) {
  const auto at = identities_.find(node);
  if (at == identities_.end()) return;
  at->second.heard.reset();
  at->second.speaks = 0;
}

void Doorkeeper::forget(NodeId node) {
  identities_.erase(node);
  contests_.erase(node);
}

std::optional<Doorkeeper::KeptOut> Doorkeeper::answered(Instant now, NodeId node, uint64_t number, uint64_t incarnation) {
  const auto at = contests_.find(node);
  if (at == contests_.end() || at->second.number != number) return std::nullopt;
  Identity& identity = identities_[node];
  const Contest& contest = at->second;
  const uint64_t older = contest.returns ? contest.newcomer.incarnation : identity.known.accepted;
  // The newcomer's own answer says nothing: it is there.
  if (incarnation != older) return std::nullopt;
  KeptOut out{node, contest.newcomer, std::nullopt};
  if (contest.returns) {
    out.registration = identity.accepted;
    out.registration.incarnation = identity.known.accepted;
    out.let_in = contest.newcomer;
    accept(identity, now, contest.newcomer);
  }
  contests_.erase(at);
  identity.heard = now;
  keep_out(identity, out.registration.incarnation);
  return out;
}

std::vector<Doorkeeper::LetIn> Doorkeeper::take_let_in(Instant now) {
  std::vector<LetIn> in;
  for (auto at = contests_.begin(); at != contests_.end();) {
    if (now < at->second.ends) {
      ++at;
      continue;
    }
    const auto [node, contest] = *at;
    at = contests_.erase(at);
    if (contest.returns) continue;  // the word of a process that is gone
    accept(identities_[node], now, contest.newcomer);
    in.push_back({node, contest.newcomer});
  }
  return in;
}

std::vector<Doorkeeper::Question> Doorkeeper::take_questions(Instant now) {
  std::vector<Question> questions;
  for (auto& [node, contest] : contests_) {
    if (now < contest.next_question) continue;
    contest.next_question = now + kQuestionPause;
    questions.push_back({node, contest.number});
  }
  return questions;
}

Instant Doorkeeper::next_deadline() const {
  Instant next = kNever;
  for (const auto& [node, contest] : contests_) next = earlier(next, earlier(contest.ends, contest.next_question));
  return next;
}

bool Doorkeeper::is_kept_out(NodeId node, uint64_t incarnation) const {
  const auto at = identities_.find(node);
  if (at == identities_.end()) return false;
  const auto& out = at->second.kept_out;
  return std::find(out.begin(), out.end(), incarnation) != out.end();
}

Doorkeeper::Incarnations Doorkeeper::of(NodeId node) const {
  const auto at = identities_.find(node);
  return at == identities_.end() ? Incarnations{} : at->second.known;
}

uint64_t Doorkeeper::starts(NodeId node) const {
  const auto at = identities_.find(node);
  return at == identities_.end() ? 0 : at->second.accepted.starts;
}

}  // namespace es::node
