#pragma once
// Dispatcher: which agent must run what. It lives on the leader only; its sessions begin with the leader's term and end with it, and nothing of
// it is in the log. PARITY.md: one complete set of assignments, then what changes.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/state/event.h"
#include "core/state/tables.h"
#include "core/wire/session.h"

namespace es::dispatcher {

// Tasks in one Assignments message; a complete set that is larger goes on in changes.
constexpr size_t kMaxTasksPerMessage = 100;
// And bytes, unless one task alone has more: a transport's frame holds 4 MiB.
constexpr size_t kMaxBytesPerMessage = 1'000'000;

struct Outgoing {
  NodeId to;
  wire::Assignments assignments;
};

class Dispatcher {
 public:
  // Sessions are numbered (term << 32 | count), so that two leaders never give out the same number.
  explicit Dispatcher(uint64_t term) : last_session_(term << 32) {}

  // The node's earlier session is over. Returns the number of the new one; its assignments follow with the next flush().
  uint64_t open(NodeId node);
  void close(NodeId node) { sessions_.erase(node); }
  bool is_current(NodeId node, uint64_t session) const;
  // Pre (both): is_current. False when it is not the one after the last: where one did not come, what it said is missing, and the session has
  // to be opened anew.
  bool received_report(NodeId node, uint64_t sequence);
  wire::SessionState state(NodeId node, const wire::SessionCheck& check) const;
  // The number of each open session.
  std::map<NodeId, uint64_t> sessions() const;

  // Something changed: nodes that it concerns hear of it with the next flush().
  void notice(const state::Event& event);

  std::vector<Outgoing> flush(const state::Tables& tables);

 private:
  struct Session {
    uint64_t number = 0;
    uint64_t sequence = 0;  // of the last message sent
    uint64_t report_sequence = 0;  // of the last report that came
    std::map<TaskId, TaskState> sent;  // tasks that the agent knows, and what it was told to make of them
  };

  void flush_session(const state::Tables& tables, NodeId node, Session& session, std::vector<Outgoing>& out);

  std::map<NodeId, Session> sessions_;
  std::set<NodeId> dirty_;
  uint64_t last_session_;
};

}  // namespace es::dispatcher
