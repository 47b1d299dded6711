#include "core/node/node_liveness.h"

#include <algorithm>
#include <utility>

#include "core/base/planted_bug.h"

namespace es::node {

namespace {

// A leader that is called this much later than it asked for stood still.
constexpr Duration kStallTolerance = milliseconds(500);
// Time to read what came while it did.
constexpr Duration kStallGrace = seconds(2);

bool is_alive(const LifeFacts& facts) { return facts.gossip == GossipFinding::kAlive; }

// Gossip's bad news counts until the node itself contradicts it.
bool gossip_buries(const LifeFacts& facts) {
  const bool gone = facts.gossip == GossipFinding::kDead || facts.gossip == GossipFinding::kLeft;
  return gone && (!facts.heard || *facts.heard <= facts.gossip_since);
}

NodeState judge_unheard(const LifeFacts& facts, Instant now) {
  if (gossip_buries(facts)) {
    const Instant down_at = std::max(facts.gossip_since + kDownGrace, facts.known_since + kHelloGrace);
    return now < down_at ? NodeState::kDisconnected : NodeState::kDown;
  }
  if (now < facts.known_since + kUnknownGrace) return NodeState::kUnknown;
  const bool wait = is_alive(facts) && now < facts.known_since + kSessionSilence;
  return wait ? NodeState::kDisconnected : NodeState::kDown;
}

}  // namespace

NodeState judge(const LifeFacts& facts, Instant now) {
  if (facts.said_goodbye) return NodeState::kDown;
  if (facts.heard && ES_PLANTED(dead_node_stays_ready)) return NodeState::kReady;
  if (!facts.heard) return judge_unheard(facts, now);
  if (now >= *facts.heard + kSessionSilence) return NodeState::kDown;
  const bool late = now >= *facts.heard + kSessionLate;
  if (!gossip_buries(facts)) return late ? NodeState::kDisconnected : NodeState::kReady;
  // "Left" may be another's word: whoever leaves says so on its session. "Dead" is what gossip found out.
  const bool ended = facts.gossip == GossipFinding::kLeft ? late : now >= facts.gossip_since + kDownGrace;
  return ended ? NodeState::kDown : NodeState::kDisconnected;
}

Instant next_judgement(const LifeFacts& facts, Instant now) {
  Instant next = kNever;
  const auto consider = [&](Instant at) {
    if (at > now) next = earlier(next, at);
  };
  if (facts.said_goodbye) return next;
  if (gossip_buries(facts)) consider(facts.gossip_since + kDownGrace);
  if (facts.heard) {
    consider(*facts.heard + kSessionLate);
    consider(*facts.heard + kSessionSilence);
    if (!is_alive(facts)) consider(std::max(facts.session_since, facts.gossip_since) + kUnconfirmedPatience);
    return next;
  }
  consider(facts.known_since + kHelloGrace);
  consider(facts.known_since + kUnknownGrace);
  consider(facts.known_since + kSessionSilence);
  return next;
}

wire::LivenessDoubt doubt(const LifeFacts& facts, Instant now) {
  const NodeState state = judge(facts, now);
  if (state == NodeState::kReady) {
    const Instant patience_ends = std::max(facts.session_since, facts.gossip_since) + kUnconfirmedPatience;
    return is_alive(facts) || now < patience_ends ? wire::LivenessDoubt::kNone : wire::LivenessDoubt::kGossipSilent;
  }
  return is_alive(facts) && state != NodeState::kUnknown && !facts.said_goodbye ? wire::LivenessDoubt::kSessionSilent
                                                                                : wire::LivenessDoubt::kNone;
}

std::string to_sentence(wire::LivenessDoubt doubt, uint16_t gossip_port) {
  const std::string port = std::to_string(gossip_port);
  switch (doubt) {
    case wire::LivenessDoubt::kNone: return {};
    case wire::LivenessDoubt::kGossipSilent:
      return "it has a session, but nothing is heard of it on UDP port " + port +
             ": if a firewall blocks that port, open it between all nodes; until then the node's death is noticed only after " +
             std::to_string(kSessionSilence.ms() / 1'000) + " s";
    case wire::LivenessDoubt::kSessionSilent:
      return "it answers on UDP port " + port + ", but nothing is heard on its session: can it reach the managers' TCP port?";
  }
  return {};
}

void NodeLiveness::admit(Instant now, NodeId node) {
  if (node == self_ || !admitted_.insert(node).second) return;
  facts_[node].known_since = now;
  news_ = true;
}

void NodeLiveness::forget(NodeId node) {
  admitted_.erase(node);
  facts_.erase(node);
  unconfirmed_.erase(node);
  states_.forget(node);
  news_ = true;
}

void NodeLiveness::gossip_says(NodeId node, GossipFinding finding, Instant since) {
  if (node == self_) return;
  LifeFacts& facts = facts_[node];
  if (facts.gossip == finding) return;
  facts.gossip = finding;
  facts.gossip_since = since;
  news_ = true;
}

void NodeLiveness::heard(Instant now, NodeId node) {
  if (node == self_) return;
  LifeFacts& facts = facts_[node];
  // What the last word alone changes is when the next judgement is due; that one is made then and finds it out.
  news_ = news_ || judge(facts, now) != NodeState::kReady || facts.said_goodbye;
  if (!facts.heard || now >= *facts.heard + kSessionSilence) facts.session_since = now;
  facts.heard = now;
  facts.said_goodbye = false;
}

void NodeLiveness::said_goodbye(NodeId node) {
  if (node == self_) return;
  facts_[node].said_goodbye = true;
  news_ = true;
}

// All that was due while this leader stood still is due a little after it woke up.
void NodeLiveness::excuse(Instant now, Duration late) {
  for (auto& [node, facts] : facts_) {
    if (facts.heard) facts.heard = std::min(now, *facts.heard + late + kStallGrace);
    facts.known_since = std::min(now, facts.known_since + late + kStallGrace);
  }
}

bool NodeLiveness::refresh(Instant now) {
  if (!news_ && now < next_deadline_) return false;
  if (next_deadline_ != kNever && now > next_deadline_ + kStallTolerance) excuse(now, now - next_deadline_);
  news_ = false;
  next_deadline_ = kNever;
  bool changed = false;
  const auto take = [&](NodeId node, NodeState state, wire::LivenessDoubt missing) {
    changed = changed || states_.of(node) != state;
    states_.set(node, state);
    beliefs_.push_back({node, state, missing});
  };
  const std::vector<wire::NodeBelief> before = std::exchange(beliefs_, {});
  take(self_, NodeState::kReady, wire::LivenessDoubt::kNone);
  for (const NodeId node : admitted_) {
    const LifeFacts& facts = facts_[node];
    const wire::LivenessDoubt missing = doubt(facts, now);
    take(node, judge(facts, now), missing);
    next_deadline_ = earlier(next_deadline_, next_judgement(facts, now));
    if (missing != wire::LivenessDoubt::kGossipSilent) unconfirmed_.erase(node);
    else if (unconfirmed_.insert(node).second) to_tell_.push_back(node);
  }
  beliefs_changed_ = beliefs_changed_ || beliefs_ != before;
  return changed;
}

std::vector<NodeId> NodeLiveness::take_unconfirmed() { return std::exchange(to_tell_, {}); }

}  // namespace es::node
