#include "core/node/leader_link.h"

#include <algorithm>
#include <utility>

namespace es::node {

bool LeaderLink::hinted(Instant now, uint64_t term, const wire::ManagerAddress& leader) {
  if (leader.node.empty() || (session_ != 0 && term <= this->term())) return false;
  if (hint_ && hint_->node == leader.node) return false;
  hint_ = leader;
  hint_asks_ = 0;
  next_ask_ = std::max(now, hint_asked_ + kHintPause);
  retry_ = kRegisterRetry;
  return true;
}

bool LeaderLink::is_older(uint64_t session, NodeId from) const {
  return session < last_session_ || (session >> 32 == term() && from != term_leader_);
}

void LeaderLink::close(Instant now) {
  if (std::exchange(session_, 0) != 0) closed_at_ = now;
}

bool LeaderLink::opened(Instant now, uint64_t session, const wire::ManagerAddress& from) {
  if (session == last_session_) return false;
  if (last_session_ != 0 && session > last_session_ && (session >> 32) - term() > kMaxTermsMissed) return false;
  const bool waited_long = session_ == 0 && now - closed_at_ >= kTermPatience;
  if (last_session_ != 0 && is_older(session, from.node) && !waited_long) return false;
  leader_ = from;
  term_leader_ = from.node;
  session_ = session;
  last_session_ = session;
  hint_.reset();
  retry_ = kRegisterRetry;
  next_check_ = now + kSessionCheck;
  answer_due_ = kNever;
  return true;
}

bool LeaderLink::check_due(Instant now) {
  if (session_ == 0 || now < next_check_) return false;
  next_check_ = now + kSessionCheck;
  answer_due_ = earlier(answer_due_, now + kSessionAnswer);
  return true;
}

bool LeaderLink::silent(Instant now) {
  if (session_ == 0 || now < answer_due_) return false;
  close(now);
  leader_.reset();
  next_ask_ = now;
  return true;
}

bool LeaderLink::lost(Instant now, NodeId node) {
  if (hint_ && hint_->node == node) hint_.reset();
  if (!leader_ || leader_->node != node) return false;
  leader_.reset();
  const bool was_open = session_ != 0;
  close(now);
  // Not at once: the others are still electing, and the winner says hello.
  next_ask_ = now + kRegisterRetry;
  return was_open;
}

void LeaderLink::reopen(Instant now) {
  close(now);
  next_ask_ = now;
}

std::optional<wire::ManagerAddress> LeaderLink::next_to_ask(Instant now) {
  if ((session_ != 0 && !hint_) || now < next_ask_) return std::nullopt;
  next_ask_ = now + retry_;
  retry_ = std::min(retry_ * 2, kRegisterRetryMax);
  if (hint_) {
    const wire::ManagerAddress asked = *hint_;
    hint_asked_ = now;
    if (++hint_asks_ == kHintAsks) hint_.reset();
    return asked;
  }
  if (leader_) {
    const wire::ManagerAddress asked = *leader_;
    if (retry_ > kRegisterRetry * 4) leader_.reset();  // it does not answer: ask the others from now on
    return asked;
  }
  if (managers_.empty()) return std::nullopt;
  next_manager_ = (next_manager_ + 1) % managers_.size();
  return managers_[next_manager_];
}

}  // namespace es::node
