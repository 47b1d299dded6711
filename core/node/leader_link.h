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

class LeaderLink {
 public:
  explicit LeaderLink(std::vector<wire::ManagerAddress> managers) : managers_(std::move(managers)) {}

  void set_managers(std::vector<wire::ManagerAddress> managers) { managers_ = std::move(managers); }
  const std::vector<wire::ManagerAddress>& managers() const { return managers_; }

  // Someone says who leads. Post: true when a Register has to go there.
  bool leader_known(Instant now, uint64_t term, const wire::ManagerAddress& leader);
  // The sender leads, or did: a session's number has the term of its leader in the upper half. False for one of an older term.
  bool opened(Instant now, uint64_t session, const wire::ManagerAddress& from);
  // The connection with this node broke, or it is dead. True when the session was with it.
  bool lost(Instant now, NodeId node);
  // Something is missing in the session: it has to be opened anew.
  void reopen(Instant now);

  // True when it is time to check the session, which has to be answered() within kSessionAnswer.
  bool check_due(Instant now);
  void answered() { answer_due_ = kNever; }
  // True when the leader did not answer: the session is over.
  bool silent(Instant now);

  // Whom to ask now; at most one a call. Nothing while a session is open.
  std::optional<wire::ManagerAddress> next_to_ask(Instant now);
  Instant next_deadline() const { return session_ == 0 ? next_ask_ : earlier(next_check_, answer_due_); }

  uint64_t session() const { return session_; }
  const std::optional<wire::ManagerAddress>& leader() const { return leader_; }

 private:
  std::vector<wire::ManagerAddress> managers_;
  size_t next_manager_ = 0;
  std::optional<wire::ManagerAddress> leader_;
  uint64_t leader_term_ = 0;
  uint64_t session_ = 0;
  Instant next_ask_{0};
  Duration retry_ = kRegisterRetry;
  Instant next_check_ = kNever;
  Instant answer_due_ = kNever;
};

}  // namespace es::node
