#pragma once
// Desk: where a manager takes requests in: commands and reads of its API's clients, and boards that want to join. It hands them to the
// leader, which may be this node, and gives the answers back. An answer to a write comes only when this node's own tables hold
// the write, so a client reads its own writes on the manager that it talks to.

#include <cstdint>
#include <deque>
#include <map>
#include <variant>

#include "core/node/replica.h"
#include "core/node/step.h"

namespace es::node {

// How long a request waits for a leader to be elected. Without one after that, the cluster has lost its quorum.
constexpr Duration kLeaderPatience = seconds(3);
// How long the leader may take.
constexpr Duration kAnswerPatience = seconds(15);

constexpr size_t kMaxWaitingRequests = 1'024;
constexpr size_t kMaxWaitingCommandBytes = 32u << 20;

class Desk {
 public:
  // `first_request` is drawn anew at each start: an answer to a question of an earlier life must not fit one of this.
  explicit Desk(uint64_t first_request) : last_request_(first_request) {}

  void command(Step& step, uint64_t client_request, orchestrator::Command command);
  void read(Step& step, uint64_t client_request);
  void join(Step& step, uint64_t connection, wire::JoinRequest request);

  void command_reply(Step& step, NodeId from, const CommandReply& reply);
  void join_reply(Step& step, NodeId from, const wire::JoinReply& reply);
  // This node is no manager any more: everything that waits is refused.
  void close(Step& step);
  void refuse_all(Step& step, const Error& error);

  void read_results(const std::vector<raft::ReadResult>& results);

  // Hands over what waits, answers what is ready, gives up what took too long: because of `disk_trouble`, if there is one.
  void advance(Step& step, Replica& replica, const std::optional<std::string>& disk_trouble);
  Instant next_deadline() const;

 private:
  struct CommandFor {
    uint64_t client_request;
    orchestrator::Command command;
    size_t bytes;
  };
  struct ReadFor {
    uint64_t client_request;
  };
  struct JoinFor {
    uint64_t connection;
    wire::JoinRequest request;
  };
  struct Waiting {
    std::variant<CommandFor, ReadFor, JoinFor> what;
    Instant leader_deadline;  // to be handed over until then
    Instant deadline;
    NodeId sent_to;           // empty: not handed over yet
    uint64_t sent_term = 0;
    // Set when the answer is there and waits for this node's tables.
    std::optional<uint64_t> ready_at_index;
    std::optional<orchestrator::CommandAnswer> answer;
  };

  void admit(Step& step, std::variant<CommandFor, ReadFor, JoinFor> what);
  void hand_over(Step& step, Replica& replica, uint64_t id, Waiting& waiting);
  void fail(Step& step, const Waiting& waiting, const Error& error);
  void succeed(Step& step, const Waiting& waiting);
  std::map<uint64_t, Waiting>::iterator forget(std::map<uint64_t, Waiting>::iterator waiting);

  std::map<uint64_t, Waiting> waiting_;  // by this desk's number
  size_t command_bytes_ = 0;             // of those that wait
  uint64_t last_request_;
};

// Swarm's sentence; the CLI and the API's users know it.
constexpr const char* kNoLeader =
    "The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are "
    "online.";

}  // namespace es::node
