// The copy of an only manager. Nobody judges that one, so its two boards do it themselves: a worker that hears the second one tells the first,
// each says over a connection that shows the identity how long it has been up, and the board that started later stays out.
//
// One of them decides, the one with the higher incarnation, since two that compared their ages at different moments could both stay, or
// both go. Meanwhile the workers keep to the board that their session is with.

#include <variant>

#include "core/identity/node_words.h"
#include "core/node/node.h"

namespace es::node {

namespace {

// What a worker says is worth a dial now and then.
constexpr Duration kNamesakePause = seconds(1);

constexpr Duration kForEver = kNever - Instant{};

}  // namespace

bool Node::is_only_manager() const {
  if (!replica_) return false;
  const raft::Configuration& config = replica_->raft().config();
  return config.voters.size() == 1 && config.voters.front() == replica_->raft().id();
}

// False for the words of another board that has the identity of this worker's leader. A restart breaks the connection, and the session with it;
// a leader that lost its power does not answer when the session is checked.
bool Node::keeps_to_the_leader(Step& step, NodeId from, const Message& message) {
  if (replica_ || link_.session() == 0 || !follows(from) || message.incarnation == 0 || session_incarnation_ == 0) return true;
  const bool is_another = message.incarnation != session_incarnation_;
  if (is_another) {
    link_.check_now(step.now);
    if (const auto* hello = std::get_if<LeaderHello>(&message.body)) another_start_ = hello->leader.address;
  }
  // Over whichever connection leads to the one it is meant for: a board that dials may have pushed out the other one's.
  if (another_start_) step.send_everywhere(from, {}, AnotherStart{*another_start_});
  if (!is_another) another_start_.reset();
  return !is_another;
}

// A member of a group is judged by its group, never by a card from the time when it was alone. Without a session it may have lost its group for a
// moment or for good, so it neither judges nor is judged.
std::optional<Duration> Node::seniority(Instant now) const {
  if (is_only_manager()) return now - started_;
  if (link_.session() == 0) return std::nullopt;
  return kForEver;
}

void Node::hear(Step& step, const AnotherStart& message) {
  if (message.address != options_.address && identity::check_address(message.address).ok()) greet_namesake(step, message.address);
}

void Node::greet_namesake(Step& step, const SocketAddress& address) {
  const auto age = seniority(step.now);
  if (!age || step.now < next_namesake_) return;
  next_namesake_ = step.now + kNamesakePause;
  const uint64_t term = replica_ ? replica_->raft().term() : 0;
  step.send_everywhere(step.self, address, IdentityAnswer{0, incarnation_, *age, term});
}

// Said by whoever has this node's key.
void Node::hear_namesake(Step& step, const Message& message) {
  if (message.incarnation == 0 || message.incarnation == incarnation_) return;  // over a connection with itself
  if (const auto* greeting = std::get_if<IdentityAnswer>(&message.body)) {
    greet_namesake(step, {});
    compare_with(step, message.incarnation, *greeting);
  } else if (const auto* verdict = std::get_if<Duplicate>(&message.body)) {
    const bool decides = message.incarnation > incarnation_ && is_only_manager();
    if (decides && verdict->incarnation == incarnation_) stay_out(step);
  }
}

void Node::compare_with(Step& step, uint64_t incarnation, const IdentityAnswer& greeting) {
  const auto age = seniority(step.now);
  if (!age || (*age == kForEver && greeting.age == kForEver)) return;
  const bool decides = incarnation_ > incarnation;
  if (greeting.age > *age) {
    if (decides) stay_out(step);
    return;
  }
  if (decides) step.send_everywhere(step.self, {}, Duplicate{incarnation, 0});
  // Who followed the other one comes back to a term above its.
  if (is_only_manager() && !replica_->is_halted()) replica_->raft().outgrow(greeting.term);
  copy_is_kept_out(step, incarnation);
}

}  // namespace es::node
