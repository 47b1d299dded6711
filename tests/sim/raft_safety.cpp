#include "tests/sim/raft_safety.h"

#include "tests/sim/fast_hash.h"

namespace es::sim {
namespace {

std::string text(uint64_t number) { return std::to_string(number); }

uint64_t content(const raft::Entry& entry) {
  FastHash hash;
  hash.add(entry.data);
  return hash.value();
}

}  // namespace

void RaftSafety::broken(std::string what) {
  if (violation_.empty()) violation_ = std::move(what);
}

void RaftSafety::observe(const raft::Raft& node) {
  Seen& seen = nodes_[node.id()];
  leader_append_only(node, seen);
  log_matching(node, seen);
  note_commits(node, seen);
  seen.leads = 0;
  if (node.role() != raft::Role::kLeader) return;
  seen.leads = node.term();
  election_safety(node);
  leader_completeness(node);
}

// At most one leader can be elected in a given term.
void RaftSafety::election_safety(const raft::Raft& node) {
  const auto [leader, is_new] = leaders_.try_emplace(node.term(), Leader{node.id()});
  if (is_new || leader->second.node == node.id()) return;
  broken("Election Safety: nodes " + text(leader->second.node) + " and " + text(node.id()) +
         " both led term " + text(node.term()));
}

// A leader never overwrites or deletes entries in its log; it only appends new entries.
void RaftSafety::leader_append_only(const raft::Raft& node, const Seen& seen) {
  if (seen.leads == 0 || node.role() != raft::Role::kLeader || node.term() != seen.leads) return;
  if (seen.log.empty()) return;
  const auto& [index, term] = *seen.log.rbegin();  // with Log Matching, the last one speaks for all
  if (index <= node.log().base_index() || node.log().matches(index, term)) return;
  broken("Leader Append-Only: leader " + text(node.id()) + " of term " + text(node.term()) +
         " lost its entry " + text(index));
}

// If two logs contain an entry with the same index and term, then the logs are identical in all
// entries up through the given index. By induction: the same entry always has the same content and
// the same predecessor.
void RaftSafety::log_matching(const raft::Raft& node, Seen& seen) {
  const raft::Log& log = node.log();
  seen.log.erase(seen.log.upper_bound(log.last_index()), seen.log.end());
  seen.log.erase(seen.log.begin(), seen.log.upper_bound(log.base_index()));
  for (raft::Index index = log.last_index(); index > log.base_index(); --index) {
    const raft::Entry& entry = log.at(index);
    const auto [mine, is_new_here] = seen.log.try_emplace(index, entry.term);
    if (!is_new_here && mine->second == entry.term) break;  // all before it was seen already
    mine->second = entry.term;
    const Known now{*log.term(index - 1), content(entry)};
    const auto [known, is_new] = entries_.try_emplace({index, entry.term}, now);
    if (is_new) continue;
    if (known->second.previous_term != now.previous_term || known->second.content != now.content) {
      broken("Log Matching: entry " + text(index) + " of term " + text(entry.term) + " on node " +
             text(node.id()) + " differs from another node's");
    }
  }
}

void RaftSafety::note_commits(const raft::Raft& node, Seen& seen) {
  const raft::Log& log = node.log();
  if (node.commit_index() < seen.commit) seen.commit = 0;  // restarted
  for (raft::Index index = std::max(seen.commit, log.base_index()) + 1;
       index <= node.commit_index(); ++index) {
    const raft::Term term = *log.term(index);
    const auto [known, is_new] = committed_.try_emplace(index, Committed{term, node.term()});
    if (!is_new && known->second.term != term) {
      broken("State Machine Safety: entry " + text(index) + " was committed with term " +
             text(known->second.term) + " and, on node " + text(node.id()) + ", with term " +
             text(term));
    }
    known->second.committed_in = std::min(known->second.committed_in, node.term());
  }
  seen.commit = node.commit_index();
}

// If a log entry is committed in a given term, then it will be present in the logs of the leaders
// of all higher terms.
void RaftSafety::leader_completeness(const raft::Raft& node) {
  Leader& leader = leaders_.at(node.term());
  if (leader.node != node.id()) return;
  for (auto entry = committed_.upper_bound(leader.checked); entry != committed_.end(); ++entry) {
    const auto& [index, committed] = *entry;
    if (committed.committed_in >= node.term()) break;
    leader.checked = index;
    if (index <= node.log().base_index() || node.log().matches(index, committed.term)) continue;
    broken("Leader Completeness: leader " + text(node.id()) + " of term " + text(node.term()) +
           " lacks entry " + text(index) + ", committed in term " + text(committed.committed_in));
  }
}

// If a server has applied a log entry at a given index, no other server will ever apply a different
// log entry for the same index.
void RaftSafety::applied(raft::PeerId node, const raft::Entry& entry) {
  const auto now = std::pair{entry.term, content(entry)};
  const auto [known, is_new] = applied_.try_emplace(entry.index, now);
  if (is_new || known->second == now) return;
  broken("State Machine Safety: node " + text(node) + " applied another entry at index " +
         text(entry.index));
}

}  // namespace es::sim
