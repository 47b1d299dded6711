#include "core/node/node.h"

#include <algorithm>
#include <utility>

#include "core/wire/codec.h"

namespace es::node {

namespace {

constexpr std::string_view kTaskFactPrefix = "task/";
constexpr const char* kStartsFact = "starts";

GossipFinding finding(gossip::MemberState state) {
  switch (state) {
    case gossip::MemberState::kAlive:
    case gossip::MemberState::kSuspect:
      return GossipFinding::kAlive;
    case gossip::MemberState::kDead:
      return GossipFinding::kDead;
    case gossip::MemberState::kLeft:
      return GossipFinding::kLeft;
  }
  ES_ASSERT(false);
}

// The seed is drawn anew at each start, so this is too. 0 says "none".
uint64_t draw_incarnation(uint64_t seed) { return std::max<uint64_t>(Prng(~seed).next(), 1); }

// Gossip numbers the starts too; see gossip::ReplayGuard.
gossip::Options gossip_options(const NodeOptions& options, const wire::Membership& membership, uint64_t starts) {
  gossip::Options out;
  out.self = membership.node;
  out.cluster = membership.cluster;
  out.address = {options.address.ip, options.gossip_port};
  out.seed = options.seed;
  out.start = starts;
  return out;
}

// What rotted comes back from a leader, if there can be one. The log says who that may be only as far as it can be read.
Status check_can_heal(const Replica& replica, const wire::Membership& membership) {
  if (!replica.raft().is_healing() || replica.raft().config().voters.size() > 1) return {};
  for (const wire::ManagerAddress& manager : membership.managers) {
    if (manager.node != membership.node) return {};
  }
  return Error{Errc::kCorrupt, "entries of the log up to " + std::to_string(replica.raft().hard_state().lost_index) +
                                   " rotted on the disk, and this node knows of no other manager to get them back from"};
}

}  // namespace

ports::Batch Node::first_manager(const Cluster& cluster, const es::Node& self, WallTime wall, std::string advertise) {
  ES_ASSERT(self.manager.has_value());
  state::Change change;
  change.id = {self.id, 1};
  change.stamped_at = wall;
  change.actions = {cluster, self};
  ports::Batch batch = Replica::first_batch(self.manager->raft_id, change);
  wire::Membership membership;
  membership.cluster = cluster.id;
  membership.node = self.id;
  membership.role = NodeRole::kManager;
  membership.raft_id = self.manager->raft_id;
  membership.address = self.address;
  membership.managers = {{self.id, self.manager->raft_id, self.address}};
  membership.gossip_keys = cluster.gossip_keys;
  membership.time_floor = wall;
  membership.advertise = std::move(advertise);
  batch.facts[kMembershipFact] = wire::encode(membership);
  return batch;
}

ports::Batch Node::joined(const wire::Membership& membership) {
  ports::Batch batch;
  batch.reset_log = true;
  batch.facts[kMembershipFact] = wire::encode(membership);
  return batch;
}

Result<std::optional<wire::Membership>> Node::membership_on(const ports::Loaded& loaded) {
  const auto fact = loaded.facts.find(kMembershipFact);
  if (fact == loaded.facts.end()) return std::optional<wire::Membership>();
  ES_TRY(wire::Membership membership, wire::decode<wire::Membership>(fact->second));
  return std::optional(std::move(membership));
}

Result<Node::Starts> Node::starts_on(const ports::Loaded& loaded) {
  const auto fact = loaded.facts.find(kStartsFact);
  if (fact == loaded.facts.end()) return Starts{};
  return wire::decode<Starts>(fact->second);
}

Node::Node(NodeOptions options, wire::Membership membership, const Starts& earlier, Instant now)
    : options_(std::move(options)),
      membership_(std::move(membership)),
      prng_(options_.seed),
      agent_(options_.description.resources),
      gossip_(gossip_options(options_, membership_, earlier.count + 1), now),
      link_(membership_.managers),
      desk_(prng_.next()),
      certificate_role_(options_.certificate_role.value_or(membership_.role)),
      manager_heard_(now),
      starts_{earlier.count + 1},
      incarnation_(draw_incarnation(options_.seed)),
      started_(now) {}

Result<std::unique_ptr<Node>> Node::start(NodeOptions options, Instant now, WallTime wall,
                                          const ports::Loaded& loaded,
                                          const std::vector<ports::AdoptedContainer>& containers) {
  ES_TRY(std::optional<wire::Membership> membership, membership_on(loaded));
  if (!membership) return invalid("this node is not part of a swarm");
  ES_TRY(const Starts earlier, starts_on(loaded));
  auto node = std::unique_ptr<Node>(new Node(std::move(options), std::move(*membership), earlier, now));
  if (node->membership_.role == NodeRole::kManager) {
    ES_TRY(node->replica_, Replica::start(node->membership_.raft_id, node->prng_.next(), loaded, node->options_.bounds));
    for (const wire::ManagerAddress& manager : node->membership_.managers) node->replica_->add_address(manager);
    ES_CHECK(check_can_heal(*node->replica_, node->membership_));
  }
  if (node->options_.address != node->membership_.address) node->move_to(node->options_.address);
  std::vector<agent::TaskRecord> records;
  for (auto fact = loaded.facts.lower_bound(std::string(kTaskFactPrefix));
       fact != loaded.facts.end() && fact->first.starts_with(kTaskFactPrefix); ++fact) {
    ES_TRY(agent::TaskRecord record, wire::decode<agent::TaskRecord>(fact->second));
    records.push_back(std::move(record));
  }
  node->agent_.restore(now, wall, std::move(records), containers);
  node->forget_removed();
  node->gossip_.join(now, node->gossip_seeds());
  return node;
}

void Node::step(const Event& event, Effects& out) {
  Step step{event.now, event.wall, membership_.node, prng_, out, {}, incarnation_};
  if (!left_) {
    std::visit([&](const auto& body) { on(step, body); }, event.body);
    settle(step);
  }
  out.wake_at = left_ ? kNever : next_deadline();
}

// Works until nothing is left to say to oneself.
void Node::settle(Step& step) {
  if (kept_out_) {
    agent_deadline_ = agent_.tick(step.now, step.wall);
    pump_agent(step);
    writes_.advance(step);
    return look_at_disk(step);
  }
  const PeerIdentity self{membership_.cluster, membership_.node, membership_.role};
  do {
    while (!step.to_self.empty() && !left_) {
      const Message message = std::move(step.to_self.front());
      step.to_self.pop_front();
      hear(step, self, options_.address, message);
    }
    if (left_) return;
    if (kept_out_) return settle(step);
    gossip_.tick(step.now);
    pump_gossip(step);
    watch_writes(step);
    pump_replica(step);
    keep_door(step);
    agent_deadline_ = agent_.tick(step.now, step.wall);
    pump_agent(step);
  } while (!step.to_self.empty());
  writes_.advance(step);
  look_at_disk(step);
}

void Node::pump_replica(Step& step) {
  if (!replica_ || replica_->is_halted()) return;
  replica_->tick(step.now);
  raft::Index diverged = 0;
  do {
    const ReplicaOutput output = replica_->pump(step, writes_);
    diverged = std::max(diverged, output.diverged);
    if (output.restored) forget_removed();
    follow_leadership(step);
    release_early_requests(step);
    if (leader_) leader_->applied(step, output);
    for (const state::Event& event : output.events) {
      const auto* node = std::get_if<state::Altered<es::Node>>(&event);
      if (node == nullptr || !node->removed()) continue;
      gossip_.forget(node->before->id);
      door_.forget(node->before->id);
      step.out.add(Disconnect{node->before->id});
    }
    step.out.changes.insert(step.out.changes.end(), output.events.begin(), output.events.end());
    desk_.read_results(output.reads);
    // While too much waits for the disk the leader begins nothing; the disk's next word wakes it.
    if (leader_ && disk_hangs_) leader_->disk_hangs(step);
    if (leader_ && !replica_->is_backed_up()) leader_->advance(step);
    desk_.advance(step, *replica_, disk_trouble());
  } while (replica_->raft().has_output());
  if (leaders_history_) diverged = std::max(diverged, compare_histories());
  if (diverged != 0) begin_anew(step, diverged);
}

// A leader begins once everything of earlier terms is applied here, which its first own entry proves (Raft §8).
void Node::follow_leadership(Step& step) {
  const raft::Raft& raft = replica_->raft();
  const bool leads = replica_->leads();
  const bool ready = leads && raft.log().term(replica_->applied_index()) == raft.term();
  if (leader_ && (!leads || leader_->term() != raft.term())) leader_.reset();
  if (leader_ || !ready) return;
  NodeLiveness liveness(membership_.node);
  for (const auto& [id, member] : gossip_.members()) liveness.gossip_says(id, finding(member.record.state), member.since);
  step.log("this node leads the swarm now (term " + std::to_string(raft.term()) + ")");
  leader_ = std::make_unique<Leader>(step, *replica_, std::move(liveness), options_.gossip_port);
}

// They are asked again: of the leader that is ready now, or to be told that this node leads no more.
void Node::release_early_requests(Step& step) {
  if (early_requests_.empty() || (!leader_ && replica_ && replica_->leads())) return;
  for (auto& [from, message] : std::exchange(early_requests_, {})) {
    if (const auto* command = std::get_if<CommandRequest>(&message.body)) ask_leader(step, from, *command);
    else ask_leader(step, from, std::get<wire::JoinRequest>(message.body));
  }
}

void Node::pump_gossip(Step& step) {
  gossip::Output output = gossip_.take_output();
  for (gossip::Datagram& datagram : output.datagrams) {
    step.out.add(SendDatagram{std::move(datagram.to), std::move(datagram.bytes)});
  }
  for (gossip::SyncTo& sync : output.syncs) step.out.add(SendSync{std::move(sync.to), std::move(sync.bytes)});
  for (const gossip::MemberRecord& record : output.events) {
    gossip_speaks_of(step, record);
    if (leader_) leader_->gossip_says(record.node, finding(record.state), step.now);
    if (record.live()) continue;
    if (link_.lost(step.now, record.node)) agent_.session_closed();
    if (replica_) replica_->peer_lost(record.node);
  }
}

void Node::save_starts() {
  ports::Batch batch;
  batch.facts[kStartsFact] = wire::encode(starts_);
  writes_.add(std::move(batch));
}

void Node::pump_agent(Step& step) {
  ports::Batch batch;
  for (agent::Effect& effect : agent_.take_effects()) {
    if (auto* save = std::get_if<agent::SaveTask>(&effect)) {
      batch.facts[std::string(kTaskFactPrefix) + save->task.to_string()] = std::move(save->record);
    } else {
      std::visit([&](auto& other) {
        if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(other)>, agent::SaveTask>) {
          step.out.add(std::move(other));
        }
      }, effect);
    }
  }
  if (!batch.empty()) writes_.add(std::move(batch));
  if (kept_out_) return;
  if (const auto& leader = link_.leader(); leader && link_.session() != 0) {
    if (auto report = agent_.take_report(step.now)) step.send(*leader, std::move(*report));
  }
  if (link_.silent(step.now)) agent_.session_closed();
  if (link_.check_due(step.now)) step.send(*link_.leader(), agent_.session_check());
  if (const auto manager = link_.next_to_ask(step.now)) send_register(step, *manager);
  seek_managers(step);
  if (!std::exchange(starts_saved_, true)) save_starts();
  if (membership_dirty_ && step.now >= next_membership_) save_membership(step.now);
}

Instant Node::next_deadline() const {
  Instant next = earlier(agent_deadline_, writes_.next_deadline());
  if (kept_out_) return earlier(next, reopen_at_);
  next = earlier(next, earlier(reopen_at_, earlier(link_.next_deadline(), certificate_retry_)));
  if (link_.session() != 0) next = earlier(next, agent_.report_due());
  next = earlier(next, gossip_.next_deadline());
  if (replica_ && !replica_->is_halted()) next = earlier(next, door_.next_deadline());
  if (replica_) next = earlier(next, earlier(replica_->next_deadline(), desk_.next_deadline()));
  if (leader_ && !replica_->is_backed_up()) next = earlier(next, leader_->next_deadline());
  if (membership_dirty_) next = earlier(next, next_membership_);
  next = earlier(next, seek_at_);
  if (!disk_hangs_) next = earlier(next, writes_.overdue_at(kDiskPatience));
  return next;
}

std::optional<NodeId> Node::leader() const {
  if (replica_) {
    const auto leader = replica_->leader();
    return leader ? std::optional(leader->node) : std::nullopt;
  }
  return link_.leader() ? std::optional(link_.leader()->node) : std::nullopt;
}

// What the leader said last holds as long as the session with it; after that only what this node's own gossip finds.
NodeState Node::liveness(NodeId node) const {
  if (node == membership_.node) return NodeState::kReady;
  if (const auto belief = leaders_belief(node)) return belief->state;
  const auto member = gossip_.members().find(node);
  if (leader_ || member == gossip_.members().end()) return NodeState::kUnknown;
  return member->second.record.live() ? NodeState::kReady : NodeState::kDown;
}

std::string Node::liveness_message(NodeId node) const {
  const auto belief = leaders_belief(node);
  return belief ? to_sentence(belief->doubt, options_.gossip_port) : std::string();
}

std::optional<wire::NodeBelief> Node::leaders_belief(NodeId node) const {
  if (!leader_ && link_.session() == 0) return std::nullopt;
  const auto& beliefs = leader_ ? leader_->beliefs() : beliefs_;
  const auto found = std::find_if(beliefs.begin(), beliefs.end(), [&](const auto& one) { return one.node == node; });
  return found == beliefs.end() ? std::nullopt : std::optional(*found);
}

}  // namespace es::node
