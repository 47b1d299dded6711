#include "tests/sim/raft_sim.h"

#include <algorithm>

#include "core/wire/codec.h"

namespace es::sim {
namespace {

constexpr size_t kMaxNetwork = 400;
constexpr size_t kMaxLogEntries = 60;
// Elections among the longest log that is being removed and an old log that is not may collide for hundreds of ticks where no one asks before
// it raises the term (seed 206541).
constexpr int kCalmRounds = 2'000;

raft::Options node_options(const RaftSimOptions& options, raft::PeerId id) {
  raft::Options result;
  result.id = id;
  result.seed = options.seed * 1000 + id;
  result.pre_vote = options.pre_vote;
  result.check_quorum = options.check_quorum;
  // Small, so that every bound is met.
  result.max_inflight = 4;
  result.max_inflight_bytes = 400;
  result.max_append_bytes = 200;
  result.snapshot_chunk_bytes = 40;
  result.max_log_entries = kMaxLogEntries;
  result.max_apply_bytes = 150;
  return result;
}

std::string list(const std::vector<raft::PeerId>& members) {
  std::string result;
  for (const raft::PeerId member : members)
    result += (result.empty() ? "" : ",") + std::to_string(member);
  return result;
}

std::string describe(const raft::Raft& node) {
  const raft::Log& log = node.log();
  return "node " + std::to_string(node.id()) +
         (node.role() == raft::Role::kLeader ? " leads" : " follows ") +
         (node.leader() == raft::kNobody ? "none" : std::to_string(node.leader())) + " term " +
         std::to_string(node.term()) + " last " + std::to_string(log.last_index()) + ":" +
         std::to_string(log.last_term()) + " commit " + std::to_string(node.commit_index()) +
         " voters " + list(node.config().voters) + " learners " + list(node.config().learners) +
         (node.is_healing() ? " healing" : "") + " snapshot " +
         std::to_string(node.snapshot().index) + " ignored " +
         std::to_string(node.ignored_messages());
}

}  // namespace

RaftSimOptions raft_sim_options(uint64_t seed) {
  RaftSimOptions options;
  options.seed = seed;
  options.voters = seed % 5 == 0 ? 5 : seed % 7 == 0 ? 1 : 3;
  options.pre_vote = seed % 4 != 1;
  options.check_quorum = seed % 4 != 2;
  return options;
}

RaftSim::RaftSim(const RaftSimOptions& options) : options_(options), prng_(options.seed) {
  raft::Restored first;
  for (int i = 1; i <= options.voters; ++i) {
    first.snapshot.meta.config.voters.push_back(static_cast<raft::PeerId>(i));
  }
  for (int i = 1; i <= options.voters + options.strangers; ++i) {
    const auto id = static_cast<raft::PeerId>(i);
    const raft::Restored restored = i <= options.voters ? first : raft::Restored();
    nodes_[id].disk = RaftDisk(restored);
    boot(id, restored);
  }
}

void RaftSim::problem(std::string what) {
  if (report_.problem.empty()) report_.problem = std::move(what);
}

void RaftSim::boot(raft::PeerId id, const raft::Restored& restored) {
  auto raft = raft::Raft::start(node_options(options_, id), restored);
  if (!raft.ok())
    return problem("node " + std::to_string(id) + " does not start: " + raft.error().message);
  nodes_[id].raft.emplace(std::move(raft).value());
  settle(id);
}

void RaftSim::settle(raft::PeerId id) {
  raft::Raft& raft = *nodes_[id].raft;
  safety_.observe(raft);
  while (raft.has_output()) {
    carry_out(id, raft.take_output());
    if (calm_) {
      while (nodes_[id].disk.busy()) complete_write(id, false);
    }
    safety_.observe(raft);
  }
}

void RaftSim::carry_out(raft::PeerId id, raft::Output output) {
  if (output.persist) nodes_[id].disk.submit(*std::move(output.persist));
  for (raft::Message& message : output.messages) {
    trace_.add(wire::encode(message));
    if (cuts_.count({message.from, message.to}) == 0) network_.push_back(std::move(message));
  }
  for (const raft::Entry& entry : output.committed) safety_.applied(id, entry);
  // Nobody here votes twice, so neither can be.
  if (output.diverged != 0) problem("node " + std::to_string(id) + " finds another log committed than its own");
  if (!output.rivals.empty()) problem("node " + std::to_string(id) + " hears two leaders in one term");
  if (output.restore) ++report_.snapshots_installed;
  if (output.standing && output.standing->role == raft::Role::kLeader) ++report_.elections;
  for (const raft::ReadResult& read : output.reads) {
    if (!read.confirmed) continue;
    ++report_.reads_confirmed;
    const auto asked = reads_.find(read.context);
    // Linearizability: a read sees everything that was committed before it was asked (thesis §6.4).
    if (asked == reads_.end() || read.index < asked->second)
      problem("a read was confirmed that misses a commit");
  }
}

void RaftSim::complete_write(raft::PeerId id, bool fails) {
  Node& node = nodes_[id];
  if (fails)
    node.raft->persist_failed(node.disk.fail(prng_.below(node.disk.waiting() + 1)));
  else
    node.raft->persisted(node.disk.complete_one());
}

void RaftSim::deliver(size_t position, bool keep) {
  const raft::Message message = network_[position];
  if (!keep) network_.erase(network_.begin() + static_cast<std::ptrdiff_t>(position));
  Node& to = nodes_[message.to];
  if (!to.raft) return;
  // A node that is blank, perhaps again, believes a leader's term (Raft::is_within_reach()), a damaged one too.
  if (to.raft->term() == 0 && message.term > raft::kMaxTermJump) return;
  // Through the codec, as on a real wire.
  const auto decoded = wire::decode<raft::Message>(wire::encode(message));
  if (!decoded.ok() || !(decoded.value() == message))
    return problem("a message changes on the wire");
  to.raft->step(*decoded);
  settle(message.to);
}

raft::PeerId RaftSim::any_leader() {
  std::vector<raft::PeerId> leaders;
  for (const auto& [id, node] : nodes_) {
    if (node.raft && node.raft->role() == raft::Role::kLeader) leaders.push_back(id);
  }
  return leaders.empty() ? any_node() : leaders[prng_.below(leaders.size())];
}

// One thing happens. Mostly the cluster gets on with it, else no trouble would find it in an
// interesting state.
void RaftSim::trouble() {
  const uint64_t what = prng_.below(1000);
  if (what < 480 && !network_.empty()) {
    // Nearly in order, as TCP does; sometimes not.
    const size_t window =
        prng_.chance(1, 10) ? network_.size() : std::min<size_t>(network_.size(), 3);
    return deliver(prng_.below(window), prng_.chance(1, 30));
  }
  const raft::PeerId id = any_node();
  if (what < 700) {
    if (nodes_[id].disk.busy() && nodes_[id].raft) {
      complete_write(id, false);
      settle(id);
    }
  } else if (what < 850) {
    if (!nodes_[id].raft) return;
    nodes_[id].raft->tick();
    settle(id);
  } else if (what < 950) {
    ask(any_leader());
  } else if (what < 970) {
    disturb_network();
  } else if (what < 990) {
    disturb_node(id);
  } else {
    disturb_disk(id);
  }
}

void RaftSim::disturb_network() {
  const raft::PeerId a = any_node();
  const raft::PeerId b = any_node();
  switch (prng_.below(6)) {
    case 0:
      cuts_.insert({a, b});
      break;
    case 1:
      for (const auto& [id, node] : nodes_) {
        cuts_.insert({a, id});
        cuts_.insert({id, a});
      }
      break;
    case 2:
      network_.clear();
      break;
    case 3:
      return damage();
    default:
      cuts_.clear();
      break;
  }
}

void RaftSim::disturb_node(raft::PeerId id) {
  Node& node = nodes_[id];
  if (!node.raft) return boot(id, node.disk.read());
  switch (prng_.below(10)) {
    case 0:
      node.raft->campaign();
      break;
    case 1:
      node.raft->peer_lost(node.raft->leader());
      break;
    case 2:
      return rot(id);
    case 3:
      if (!node.raft->has_failed() && node.raft->applied_index() > node.raft->log().base_index())
        compact(id);
      break;
    case 4:
      node.disk.lie(true);
      return;
    case 5:
    case 6:
    case 7:
      return lose_lies(id);
    default:
      ++report_.crashes;
      node.raft.reset();
      node.disk.crash(prng_.below(node.disk.waiting() + 1));
      return;
  }
  settle(id);
}

// A message on its way gets a number that nobody can have reached. Terms only: an index within its
// bound is a lie that only a leader can tell, and a leader is believed.
void RaftSim::damage() {
  if (network_.empty()) return;
  const raft::Term bits[] = {~raft::Term{0}, raft::Term{1} << 62, raft::Term{1} << 40,
                             raft::kMaxTermJump << 1};
  raft::Message message = network_[prng_.below(network_.size())];
  message.term |= bits[prng_.below(std::size(bits))];
  network_.push_back(std::move(message));
}

void RaftSim::compact(raft::PeerId id) {
  raft::Raft& raft = *nodes_[id].raft;
  const std::string state =
      "state up to " + std::to_string(raft.applied_index()) + std::string(prng_.below(90), '.');
  const Status compacted = raft.compact(raft.applied_index(), state, prng_.below(8));
  if (compacted.ok() || compacted.error().code == Errc::kPrecondition) return;
  problem("an applied index cannot be compacted");
}

void RaftSim::disturb_disk(raft::PeerId id) {
  Node& node = nodes_[id];
  if (!node.raft || !node.disk.busy() || !prng_.chance(1, 4)) return;
  complete_write(id, true);
  settle(id);
}

// One copy at a time: two lost copies of one entry are more than a majority of three can bear.
bool RaftSim::may_lose_entries(raft::PeerId id) const {
  for (const auto& [other, node] : nodes_) {
    if (node.disk.has_rot() || !node.raft || node.raft->is_healing()) return false;
    if (raft::is_member(node.raft->config(), other) && node.raft->config().voters.size() < 3)
      return false;
  }
  return !nodes_.at(id).raft->has_failed();
}

// The power goes, and with it what the disk only said it had. Raft cannot bear that at any time: it
// must hear of it before it votes, from a leader that all of it was acknowledged to. So there is
// one, and its heartbeat comes first.
void RaftSim::lose_lies(raft::PeerId id) {
  if (!may_lose_entries(id)) return;
  Node& node = nodes_[id];
  const auto found = nodes_.find(node.raft->leader());
  if (!node.disk.has_lied() || found == nodes_.end() || found->first == id) return;
  raft::Raft& leader = *found->second.raft;
  if (leader.role() != raft::Role::kLeader || leader.term() != node.raft->term()) return;
  leader.tick();
  settle(leader.id());
  const auto counted = leader.progress(id);
  if (!counted || counted->match < node.raft->log().durable_index()) return;
  const auto heartbeat = std::find_if(network_.rbegin(), network_.rend(), [&](const auto& message) {
    const auto* body = std::get_if<raft::Heartbeat>(&message.body);
    return message.from == leader.id() && message.to == id && message.term == leader.term() &&
           body != nullptr && body->acknowledged_index == counted->match;
  });
  if (heartbeat == network_.rend()) return;
  const raft::Message first = *heartbeat;
  ++report_.lies;
  node.raft.reset();
  node.disk.crash_as_liar();
  node.disk.lie(false);
  boot(id, node.disk.read());
  node.raft->step(first);
  settle(id);
  // What it has noticed is durable before anything else happens to it: who forgets that it forgot votes as if it were whole.
  while (node.disk.busy()) complete_write(id, false);
  settle(id);
}

void RaftSim::rot(raft::PeerId id) {
  if (!may_lose_entries(id)) return;
  Node& node = nodes_[id];
  const raft::Log& log = node.raft->log();
  if (log.count() == 0) return;
  if (!node.disk.corrupt(log.base_index() + 1 + prng_.below(log.count()))) return;
  ++report_.rot;
  node.raft.reset();
  node.disk.crash(prng_.below(node.disk.waiting() + 1));
  node.disk.forget_lost_term(prng_.chance(1, 2));
  boot(id, node.disk.read());
}

void RaftSim::ask(raft::PeerId id) {
  Node& node = nodes_[id];
  if (!node.raft) return;
  const raft::PeerId other = any_node();
  switch (prng_.below(12)) {
    case 0: {
      const auto kind = static_cast<raft::ChangeKind>(prng_.below(5));
      if (node.raft->propose_change({kind, other}).ok()) ++report_.changes;
      break;
    }
    case 1:
      static_cast<void>(node.raft->transfer(other).ok());
      break;
    case 2:
    case 3: {
      const raft::PeerId reader = prng_.chance(1, 2) ? id : other;
      if (!nodes_[reader].raft) return;
      const uint64_t context = next_context_++;
      reads_[context] = safety_.committed_index();
      static_cast<void>(nodes_[reader].raft->read(context).ok());
      return settle(reader);
    }
    default:
      static_cast<void>(node.raft->propose("write " + std::to_string(next_write_++)).ok());
      break;
  }
  settle(id);
}

// Everything is delivered, every disk works, everybody ticks and keeps its log short.
void RaftSim::calm_round() {
  for (size_t i = 0; i < kMaxNetwork * 10 && !network_.empty(); ++i) deliver(0, false);
  for (auto& [id, node] : nodes_) {
    node.raft->tick();
    const bool can_compact = node.raft->applied_index() > node.raft->log().base_index();
    if (can_compact && node.raft->log().count() >= kMaxLogEntries / 2) compact(id);
    settle(id);
  }
}

bool RaftSim::converged() const {
  const raft::Raft* leader = nullptr;
  for (const auto& [id, node] : nodes_) {
    if (node.raft->role() != raft::Role::kLeader) continue;
    if (leader != nullptr) return false;
    leader = &*node.raft;
  }
  if (leader == nullptr) return false;
  return std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& one) {
    const raft::Raft& node = *one.second.raft;
    if (!raft::is_member(leader->config(), node.id())) return true;
    return node.leader() == leader->id() && node.commit_index() == leader->log().last_index() &&
           node.applied_index() == node.commit_index() &&
           node.log().last_term() == leader->log().last_term() && !node.is_healing();
  });
}

std::string RaftSim::states() const {
  std::string text;
  for (const auto& [id, node] : nodes_) text += "; " + describe(*node.raft);
  return text;
}

// Who lost entries gives no vote. Where each of the others lacks that vote, nobody is to be
// elected: what was lost may have been committed, and the operator decides. While everybody knows
// what it holds, somebody can always win.
bool RaftSim::nobody_can_win() const {
  bool anyone_heals = false;
  bool anyone_wins = false;
  for (const auto& [id, one] : nodes_) {
    const raft::Raft& candidate = *one.raft;
    anyone_heals = anyone_heals || candidate.is_healing();
    const std::vector<raft::PeerId>& voters = candidate.config().voters;
    if (!candidate.may_campaign()) continue;
    const auto granted = std::count_if(voters.begin(), voters.end(), [&](raft::PeerId voter) {
      const raft::Raft& asked = *nodes_.at(voter).raft;
      return !asked.is_healing() &&
             asked.log().up_to_date(candidate.log().last_index(), candidate.log().last_term());
    });
    if (static_cast<size_t>(granted) >= raft::quorum_of(voters.size())) anyone_wins = true;
  }
  return anyone_heals && !anyone_wins;
}

void RaftSim::recover() {
  calm_ = true;
  cuts_.clear();
  for (auto& [id, node] : nodes_) {
    node.disk.lie(false);
    if (node.raft && node.raft->has_failed()) node.raft.reset();
    if (!node.raft) {
      node.disk.crash();
      boot(id, node.disk.read());
    } else {
      while (node.disk.busy()) complete_write(id, false);
      settle(id);
    }
  }
  for (int round = 0; round < kCalmRounds && report_.problem.empty(); ++round) {
    calm_round();
    // Who lost entries without knowing their term waits for the log to grow as long again.
    if (round % 10 == 9) {
      raft::Raft& leader = *nodes_[any_leader()].raft;
      static_cast<void>(leader.propose("a write in the calm").ok());
      settle(leader.id());
    }
    if (!converged()) continue;
    // And it still works: one more write is applied everywhere.
    raft::Raft& leader = *nodes_[any_leader()].raft;
    if (!leader.propose("the last write").ok()) continue;  // a transfer is under way
    settle(leader.id());
    for (int i = 0; i < 20; ++i) calm_round();
    if (!converged()) problem("a write in the calm is not applied everywhere" + states());
    return;
  }
  if (nobody_can_win()) {
    ++report_.lost_quorums;
    return;
  }
  problem("the cluster does not converge" + states());
}

RaftSimReport RaftSim::run() {
  for (int i = 0; i < options_.steps && report_.problem.empty(); ++i) {
    trouble();
    while (network_.size() > kMaxNetwork) network_.erase(network_.begin());
  }
  if (report_.problem.empty()) recover();
  if (!safety_.violation().empty()) report_.problem = safety_.violation();
  for (const auto& [id, node] : nodes_) {
    if (!node.disk.violation().empty()) {
      report_.problem = "node " + std::to_string(id) + ": " + node.disk.violation();
    }
  }
  report_.committed = safety_.committed_index();
  report_.trace_hash = trace_.value();
  return report_;
}

}  // namespace es::sim
