#include "core/node/doorkeeper.h"

#include <algorithm>
#include <utility>

namespace es::node {

void Doorkeeper::knows(NodeId node, Incarnations incarnations, bool follows) {
  const auto [at, is_new] = identities_.try_emplace(node);
  if (is_new || (follows && !at->second.contest)) at->second.known = incarnations;
}

void Doorkeeper::accept(Identity& identity, Instant now, const wire::Register& registration) {
  Incarnations& known = identity.known;
  if (registration.incarnation != known.accepted) {
    known.before = registration.incarnation == known.before ? 0 : known.accepted;
    known.accepted = registration.incarnation;
  }
  identity.accepted = registration;
  identity.heard = now;
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
  if (incarnation == known.accepted) {
    accept(identity, now, registration);
    // It may have been pushed out when it was asked last.
    if (identity.contest) identity.contest->next_question = now;
    return Verdict::kLetIn;
  }
  if (identity.contest) {
    if (identity.contest->newcomer.incarnation == incarnation) identity.contest->newcomer = registration;
    return Verdict::kWait;
  }
  const bool returns = incarnation == known.before;
  const bool lives = identity.heard && now - *identity.heard < kAcceptedSilence;
  if (!returns && (known.accepted == 0 || !lives)) {
    accept(identity, now, registration);
    return Verdict::kLetIn;
  }
  identity.contest = Contest{registration, returns, prng.next(), now + kContest, now};
  return Verdict::kWait;
}

void Doorkeeper::heard(Instant now, NodeId node) {
  const auto at = identities_.find(node);
  if (at != identities_.end() && at->second.known.accepted != 0) at->second.heard = now;
}

void Doorkeeper::lost(NodeId node) {
  const auto at = identities_.find(node);
  if (at != identities_.end()) at->second.heard.reset();
}

std::optional<Doorkeeper::KeptOut> Doorkeeper::answered(Instant now, NodeId node, uint64_t number, uint64_t incarnation) {
  const auto at = identities_.find(node);
  if (at == identities_.end() || !at->second.contest || at->second.contest->number != number) return std::nullopt;
  Identity& identity = at->second;
  const Contest contest = *identity.contest;
  const uint64_t older = contest.returns ? contest.newcomer.incarnation : identity.known.accepted;
  // The newcomer's own answer says nothing: it is there.
  if (incarnation != older) return std::nullopt;
  identity.contest.reset();
  KeptOut out{node, contest.newcomer, std::nullopt};
  if (contest.returns) {
    out.registration = identity.accepted;
    out.registration.incarnation = identity.known.accepted;
    out.let_in = contest.newcomer;
    accept(identity, now, contest.newcomer);
  }
  identity.heard = now;
  keep_out(identity, out.registration.incarnation);
  return out;
}

std::vector<Doorkeeper::LetIn> Doorkeeper::take_let_in(Instant now) {
  std::vector<LetIn> in;
  for (auto& [node, identity] : identities_) {
    if (!identity.contest || now < identity.contest->ends) continue;
    const Contest contest = *std::exchange(identity.contest, std::nullopt);
    if (contest.returns) continue;  // the word of a process that is gone
    accept(identity, now, contest.newcomer);
    in.push_back({node, contest.newcomer});
  }
  return in;
}

std::vector<Doorkeeper::Question> Doorkeeper::take_questions(Instant now) {
  std::vector<Question> questions;
  for (auto& [node, identity] : identities_) {
    if (!identity.contest || now < identity.contest->next_question) continue;
    identity.contest->next_question = now + kQuestionPause;
    questions.push_back({node, identity.contest->number});
  }
  return questions;
}

Instant Doorkeeper::next_deadline() const {
  Instant next = kNever;
  for (const auto& [node, identity] : identities_) {
    if (identity.contest) next = earlier(next, earlier(identity.contest->ends, identity.contest->next_question));
  }
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

}  // namespace es::node
