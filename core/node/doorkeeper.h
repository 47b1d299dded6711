#pragma once
// Doorkeeper: which of two boards with one identity is let in. A data directory may be copied, and then two boards hold the
// same certificate; what tells them apart is their incarnation, a number that each start of a daemon draws at random.
//
// The tables hold for each node the incarnation that was let in last, and the one before. Who comes with
//
//     the accepted one                     is that same process: let in
//     another one, and the accepted one    is a restart, or nobody can tell: let in at once
//       is lost, or was not heard lately
//     another one, and the accepted one    waits: the node is asked who it is, again and again, for kContest. If the accepted
//       was heard lately                   one answers, it lives, and the newcomer is kept out; if not, it was a restart
//     the one before                       may be a late word of a process that is gone: the node is asked. If the earlier one
//                                          answers, it lives, and the accepted one is the copy: that one is kept out
//     one that was kept out                stays out
//     none (an older version)              is let in
//
// An answer carries the question's random number, so it proves that its sender lived after it was asked: a restart is never
// taken for a copy, however late the old process' words arrive. The question goes over each connection that shows the identity, as do
// the answer and the verdict: which of two a transport likes better does not matter.
//
// One of these judges for one leader's term; it is made anew with the next.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/id.h"
#include "core/base/prng.h"
#include "core/base/time.h"
#include "core/node/node_liveness.h"
#include "core/wire/session.h"

namespace es::node {

// An original that was pushed out dials again after kRegisterRetry.
constexpr Duration kContest = seconds(2);
constexpr Duration kQuestionPause = milliseconds(200);
// Silent for longer than an agent ever is while its session is whole.
constexpr Duration kAcceptedSilence = kSessionLate;

// Of each node the latest that were kept out.
constexpr size_t kMaxKeptOut = 8;

class Doorkeeper {
 public:
  struct Incarnations {
    uint64_t accepted = 0;
    uint64_t before = 0;
    bool operator==(const Incarnations&) const = default;
  };
  enum class Verdict : uint8_t { kLetIn, kWait, kKeepOut };
  struct KeptOut {
    NodeId node;
    wire::Register registration;           // of the copy, as far as it is known; its incarnation always is
    std::optional<wire::Register> let_in;  // who is accepted again
  };
  struct LetIn {
    NodeId node;
    wire::Register registration;
  };
  struct Question {
    NodeId node;
    uint64_t number = 0;
  };

  // What the tables hold. The leader's own look is ahead of them; a follower's `follows` them.
  void knows(NodeId node, Incarnations incarnations, bool follows = false);
  // `prng`: for the number of a question that has to be asked.
  Verdict registers(Instant now, NodeId node, const wire::Register& registration, Prng& prng);
  // Whether raft may count what this board says: in one term that is the first that spoke, until its connection is lost or another one is let
  // in, and while two are judged the accepted one.
  bool may_speak(NodeId node, uint64_t incarnation);
  // The accepted one said something.
  void heard(Instant now, NodeId node);
  // No connection with anybody of this identity is left.
  void lost(NodeId node);
  // The node is removed from the swarm.
  void forget(NodeId node);
  // Who is kept out by that answer, if anybody.
  std::optional<KeptOut> answered(Instant now, NodeId node, uint64_t number, uint64_t incarnation);
  // Who has waited long enough.
  std::vector<LetIn> take_let_in(Instant now);
  std::vector<Question> take_questions(Instant now);
  Instant next_deadline() const;

  bool is_kept_out(NodeId node, uint64_t incarnation) const;
  Incarnations of(NodeId node) const;
  // The count of the start that was let in last in this term; 0: none was.
  uint64_t starts(NodeId node) const;

 private:
  struct Contest {
    wire::Register newcomer;  // or the one before, when `returns`
    bool returns = false;
    uint64_t number = 0;
    Instant ends;
    Instant next_question;
  };
  struct Identity {
    Incarnations known;
    wire::Register accepted;  // if it came in this term
    std::optional<Instant> heard;
    uint64_t speaks = 0;  // see may_speak(); 0: nobody has
    std::vector<uint64_t> kept_out;
  };
  static void accept(Identity& identity, Instant now, const wire::Register& registration);
  static void keep_out(Identity& identity, uint64_t incarnation);

  std::map<NodeId, Identity> identities_;
  std::map<NodeId, Contest> contests_;  // few: each step looks at all of them
};

}  // namespace es::node
