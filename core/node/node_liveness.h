#pragma once
// NodeLiveness: what the leader believes of the nodes. A state is a function, evaluated at every moment, of two facts: the
// session (when was something last heard on it in this leader's term) and gossip's present state of the member. No event
// sets a state, so none can be missed: a belief that nobody confirms any more expires.
//
//                      | session: heard      | silent for          | silent for    | none yet in
//     gossip           | within 8 s          | 8 to 12 s           | 12 s          | this term
//     -----------------+---------------------+---------------------+---------------+--------------------------
//     alive, suspected | ready               | disconnected        | down          | unknown; after 5 s
//                      |                     |                     |               | disconnected, 12 s down
//     not heard of     | ready, unconfirmed  | disconnected        | down          | unknown; after 5 s down
//     dead, but it     | ready, unconfirmed  | disconnected        | down          | cannot be
//     spoke after that |                     |                     |               |
//     dead since then  | disconnected; 1.5 s after gossip's finding down            | the same; not before 3 s
//     left since then  | disconnected        | down                | down          | the same; not before 3 s
//
// A goodbye on the session itself is down at once. The leader's own node is ready. The two mistakes that the table avoids:
// gossip still holds a node dead when it registers, and no event follows when it dies again; UDP is blocked, and none comes
// at all. With both facts a dead node is down 1.5 s after gossip's finding (3 s); by its session alone, within 12 s.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/id.h"
#include "core/base/time.h"
#include "core/model/node.h"
#include "core/node/leader_link.h"
#include "core/state/liveness.h"
#include "core/wire/session.h"

namespace es::node {

// An agent checks its session every kSessionCheck and opens it again kSessionAnswer after a check that got lost.
constexpr Duration kSessionLate = kSessionCheck + kSessionAnswer;
constexpr Duration kSessionSilence = kSessionLate + seconds(4);

// How long a new leader, or one that let a node in, waits for a first sign of life.
constexpr Duration kUnknownGrace = seconds(5);
// The same where its gossip holds the node dead: it may have been deaf before it led.
constexpr Duration kHelloGrace = seconds(3);

// How long a node that gossip has found dead is only disconnected: it keeps its tasks and gets no new ones. A daemon that
// is killed, or upgraded, and started again within that time costs no task its place.
constexpr Duration kDownGrace = milliseconds(1'500);

// How long gossip may take to confirm a session before somebody is told.
constexpr Duration kUnconfirmedPatience = seconds(10);

enum class GossipFinding : uint8_t { kUnheard, kAlive, kDead, kLeft };

struct LifeFacts {
  Instant known_since;  // to this leader: the begin of its term, or when the node was let in
  GossipFinding gossip = GossipFinding::kUnheard;
  Instant gossip_since;
  std::optional<Instant> heard;  // on a session of this term, last
  Instant session_since;         // the first of those without a gap
  bool said_goodbye = false;     // nothing was heard after it
};

// The table above.
NodeState judge(const LifeFacts& facts, Instant now);
// When judge() may say something else although nothing happens; kNever: it will not.
Instant next_judgement(const LifeFacts& facts, Instant now);
// Which fact is missing.
wire::LivenessDoubt doubt(const LifeFacts& facts, Instant now);
// One sentence for the operator; empty for no doubt.
std::string to_sentence(wire::LivenessDoubt doubt, uint16_t gossip_port);

class NodeLiveness {
 public:
  explicit NodeLiveness(NodeId self) : self_(self) {}

  // The node is in the tables.
  void admit(Instant now, NodeId node);
  void forget(NodeId node);
  void gossip_says(NodeId node, GossipFinding finding, Instant since);
  void heard(Instant now, NodeId node);
  void said_goodbye(NodeId node);

  // Evaluates what time or news may have changed. True when a state did. A call much later than next_deadline() shows that
  // this leader stood still, not that all others did: their words wait in the sockets, and get time to be read.
  bool refresh(Instant now);
  Instant next_deadline() const { return next_deadline_; }

  const state::Liveness& states() const { return states_; }
  // Of every node that is in the tables, with what is missing; the leader first, then by id.
  const std::vector<wire::NodeBelief>& beliefs() const { return beliefs_; }
  // True once after each change of them.
  bool take_news_of_beliefs() { return std::exchange(beliefs_changed_, false); }
  // Nodes whose session gossip has not confirmed for a while, since the last call: each is told once until it is confirmed.
  std::vector<NodeId> take_unconfirmed();

 private:
  void excuse(Instant now, Duration late);

  NodeId self_;
  std::map<NodeId, LifeFacts> facts_;  // of members of gossip, too, that the tables do not know yet
  std::set<NodeId> admitted_;
  state::Liveness states_;
  std::vector<wire::NodeBelief> beliefs_;
  std::set<NodeId> unconfirmed_;  // told
  std::vector<NodeId> to_tell_;
  bool beliefs_changed_ = false;
  bool news_ = true;
  Instant next_deadline_ = kNever;
};

}  // namespace es::node
