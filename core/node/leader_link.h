#pragma once
// LeaderLink: an agent's way to the leader. It knows whom to send its Register to, and when; a new leader says hello by itself, so
// asking around is only what remains when that was missed.

#include <optional>
#include <vector>

#include "core/base/time.h"
#include "core/node/message.h"

namespace es::node {

// Without a session the next manager is asked after this long.
constexpr Duration kRegisterRetry = milliseconds(500);
// Nobody answered for a while: a cluster without quorum is not helped by asking more often.
constexpr Duration kRegisterRetryMax = seconds(4);

// How often an agent asks whether its session is whole, and how long the leader may take to say so.
constexpr Duration kSessionCheck = seconds(5);
constexpr Duration kSessionAnswer = seconds(3);

// How often a hint is followed before it is dropped, and how long after one the next is: two managers may name each other for a while.
constexpr int kHintAsks = 5;
constexpr Duration kHintPause = milliseconds(100);

// A term is raised by an election, and elections take half a second: this many take three months.
constexpr uint64_t kMaxTermsMissed = uint64_t{1} << 24;
static_assert(kMaxTermsMissed > raft::kMaxTermJump);

// Without a session for so long, an older term is believed too: all managers may have come back from older copies of their disks, or one of
// them as a new cluster, and their terms are below the one that this node remembers. A leader of a past term that has only not heard of its end
// steps down within an election timeout, and what it could still assign was decided.
constexpr Duration kTermPatience = seconds(8);

class LeaderLink {
 public:
  explicit LeaderLink(std::vector<wire::ManagerAddress> managers) : managers_(std::move(managers)) {}

  void set_managers(std::vector<wire::ManagerAddress> managers) { managers_ = std::move(managers); }
  const std::vector<wire::ManagerAddress>& managers() const { return managers_; }

  // A manager says who leads. That is whom to ask next and nothing more: it sets no term and ends no session. True when it is news.
  bool hinted(Instant now, uint64_t term, const wire::ManagerAddress& leader);
  // The sender leads, or did: a session's number has the term of its leader in the upper half. False for one of an older term, for a second
  // leader of the same one, for a session that was closed (its numbers of reports would begin with 1 once more, and an acknowledgement on its
  // way could be taken for one of a report that got lost), and for a term that the cluster cannot have reached since the last one. The first
  // that this start of the node hears of is taken as it is; after kTermPatience any but that last session itself and a term out of reach.
  bool opened(Instant now, uint64_t session, const wire::ManagerAddress& from);
  // The connection with this node broke, or it is dead. True when the session was with it.
  bool lost(Instant now, NodeId node);
  // Something is missing in the session: it has to be opened anew.
  void reopen(Instant now);

  // There is reason to doubt the session.
  void check_now(Instant now) { next_check_ = earlier(next_check_, now); }
  // True when it is time to check the session, which has to be answered() within kSessionAnswer.
  bool check_due(Instant now);
  void answered() { answer_due_ = kNever; }
  // True when the leader did not answer: the session is over.
  bool silent(Instant now);

  // Whom to ask now; at most one a call. Nothing while a session is open.
  std::optional<wire::ManagerAddress> next_to_ask(Instant now);
  Instant next_deadline() const {
    if (session_ == 0) return next_ask_;
    return earlier(hint_ ? next_ask_ : kNever, earlier(next_check_, answer_due_));
  }

  uint64_t session() const { return session_; }
  // Of the leader that the last session was with; 0: there was none.
  uint64_t term() const { return last_session_ >> 32; }
  const std::optional<wire::ManagerAddress>& leader() const { return leader_; }

 private:
  bool is_older(uint64_t session, NodeId from) const;
  void close(Instant now);

  std::vector<wire::ManagerAddress> managers_;
  size_t next_manager_ = 0;
  std::optional<wire::ManagerAddress> leader_;
  NodeId term_leader_;  // who opened the last session
  std::optional<wire::ManagerAddress> hint_;  // to be asked although a session is open: there may be a newer leader
  int hint_asks_ = 0;
  Instant hint_asked_ = Instant{} - kHintPause;
  uint64_t session_ = 0;
  uint64_t last_session_ = 0;  // that was open, with its leader's term; 0: there was none
  Instant closed_at_{0};  // while no session is open
  Instant next_ask_{0};
  Duration retry_ = kRegisterRetry;
  Instant next_check_ = kNever;
  Instant answer_due_ = kNever;
};

}  // namespace es::node
