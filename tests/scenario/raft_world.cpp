#include "tests/scenario/raft_world.h"

#include <algorithm>
#include <limits>

namespace es::scenario {
namespace {

constexpr int kMaxDeliveries = 100'000;

std::string named(PeerId id) { return "node " + std::to_string(id); }

}  // namespace

Status RaftWorld::add_node(PeerId id, const raft::Options& options, raft::Restored restored) {
  if (nodes_.count(id) != 0) return invalid(named(id) + " is there already");
  options_ = options;
  options_.id = id;
  ES_CHECK(raft::validate(options_));
  Node& node = nodes_[id];
  node.timeout_ticks = options.election_ticks;
  node.disk = sim::RaftDisk(restored);
  boot(id, node, std::move(restored));
  return {};
}

void RaftWorld::ensure_blank_node(PeerId id) {
  if (nodes_.empty() || nodes_.count(id) != 0) return;
  Node& node = nodes_[id];
  node.timeout_ticks = options_.election_ticks;
  boot(id, node, {});
}

Result<RaftWorld::Node*> RaftWorld::node(PeerId id) {
  const auto found = nodes_.find(id);
  if (found == nodes_.end()) return invalid(named(id) + " does not exist");
  return &found->second;
}

Result<RaftWorld::Node*> RaftWorld::running(PeerId id) {
  ES_TRY(Node* const found, node(id));
  if (!found->raft) return invalid(named(id) + " is down");
  return found;
}

Result<RaftWorld::Node*> RaftWorld::moving(PeerId id) {
  ES_TRY(Node* const found, running(id));
  found->moved = true;
  return found;
}

Status RaftWorld::replace_state(PeerId id, raft::Restored restored) {
  ES_TRY(Node* const found, node(id));
  if (found->moved)
    return invalid("'state' comes before anything else that " + named(id) + " does");
  raft::Options options = options_;
  options.id = id;
  const auto possible = raft::Raft::start(options, restored);
  if (!possible.ok()) return possible.error();
  found->disk = sim::RaftDisk(restored);
  boot(id, *found, std::move(restored));
  return {};
}

void RaftWorld::boot(PeerId id, Node& node, raft::Restored restored) {
  raft::Options options = options_;
  options.id = id;
  options.seed = id;
  node.raft.emplace(raft::Raft::start(options, std::move(restored)).value());
  node.raft->set_election_timeout(node.timeout_ticks);
  node.disk_held = false;
  node.disk_fails = false;
  settle(id);
}

void RaftWorld::settle(PeerId id) {
  Node& node = nodes_.at(id);
  if (!node.raft) return;
  safety_.observe(*node.raft);
  while (node.raft->has_output()) {
    carry_out(id, node, node.raft->take_output());
    if (!node.disk_held) complete_writes(node, std::numeric_limits<uint64_t>::max());
    safety_.observe(*node.raft);
  }
}

void RaftWorld::carry_out(PeerId id, Node& node, raft::Output output) {
  if (output.persist) node.disk.submit(*std::move(output.persist));
  for (raft::Message& message : output.messages) {
    if (cuts_.count({message.from, message.to}) == 0) pending_.push_back(std::move(message));
  }
  for (const raft::Entry& entry : output.committed) safety_.applied(id, entry);
  for (const raft::ReadResult& result : output.reads) {
    reads_[result.context] = {result.confirmed ? ReadState::kConfirmed : ReadState::kRefused,
                              result.index};
  }
}

void RaftWorld::complete_writes(Node& node, uint64_t max_count) {
  for (; node.disk.busy() && max_count > 0; --max_count) {
    if (node.disk_fails)
      node.raft->persist_failed(node.disk.fail());
    else
      node.raft->persisted(node.disk.complete_one());
  }
}

Status RaftWorld::crash(PeerId id, bool keep_waiting) {
  ES_TRY(Node* const found, moving(id));
  found->raft.reset();
  if (found->disk.has_lied())
    found->disk.crash_as_liar();
  else
    found->disk.crash(keep_waiting ? found->disk.waiting() : 0);
  return {};
}

Status RaftWorld::restart(PeerId id) {
  ES_TRY(Node* const found, node(id));
  if (found->raft) ES_CHECK(crash(id));
  found->moved = true;
  boot(id, *found, found->disk.read());
  return {};
}

Status RaftWorld::hold_disk(PeerId id) {
  ES_TRY(Node* const found, moving(id));
  found->disk_held = true;
  return {};
}

// Without a count the disk works normally again.
Status RaftWorld::release_disk(PeerId id, std::optional<uint64_t> count) {
  ES_TRY(Node* const found, moving(id));
  if (!count) found->disk_held = false;
  complete_writes(*found, count.value_or(std::numeric_limits<uint64_t>::max()));
  settle(id);
  return {};
}

Status RaftWorld::fail_disk(PeerId id) {
  ES_TRY(Node* const found, moving(id));
  found->disk_fails = true;
  found->disk_held = false;
  complete_writes(*found, std::numeric_limits<uint64_t>::max());
  settle(id);
  return {};
}

// To a node that is down a message is lost; one that nobody runs keeps its mail.
void RaftWorld::hand_over(const raft::Message& message) {
  const auto to = nodes_.find(message.to);
  if (to == nodes_.end() || !to->second.raft) return;
  to->second.moved = true;
  to->second.raft->step(message);
  settle(message.to);
}

void RaftWorld::deliver(const Filter& matches, uint64_t max_count) {
  std::vector<raft::Message> chosen;
  std::erase_if(pending_, [&](const raft::Message& message) {
    if (chosen.size() == max_count || nodes_.count(message.to) == 0 || !matches(message))
      return false;
    chosen.push_back(message);
    return true;
  });
  for (const raft::Message& message : chosen) hand_over(message);
}

void RaftWorld::drop(const Filter& matches) { std::erase_if(pending_, matches); }

void RaftWorld::duplicate(const Filter& matches) {
  std::vector<raft::Message> chosen;
  std::copy_if(pending_.begin(), pending_.end(), std::back_inserter(chosen), matches);
  for (const raft::Message& message : chosen) hand_over(message);
}

void RaftWorld::cut(PeerId from, PeerId to) {
  cuts_.insert({from, to});
  drop([&](const raft::Message& message) { return message.from == from && message.to == to; });
}

Status RaftWorld::stabilize(const std::set<PeerId>& among) {
  for (int i = 0; i < kMaxDeliveries; ++i) {
    const auto next =
        std::find_if(pending_.begin(), pending_.end(), [&](const raft::Message& message) {
          return among.count(message.from) != 0 && among.count(message.to) != 0;
        });
    if (next == pending_.end()) return {};
    const raft::Message message = std::move(*next);
    pending_.erase(next);
    hand_over(message);
  }
  return invalid("the nodes still send after " + std::to_string(kMaxDeliveries) + " deliveries");
}

Status RaftWorld::inject(const raft::Message& message) {
  ES_TRY(Node* const to, moving(message.to));
  to->raft->step(message);
  settle(message.to);
  return {};
}

uint64_t RaftWorld::context_number(const std::string& name) {
  const auto found = std::find(contexts_.begin(), contexts_.end(), name);
  const auto number = static_cast<uint64_t>(found - contexts_.begin()) + 1;
  if (found == contexts_.end()) contexts_.push_back(name);
  return number;
}

Status RaftWorld::start_read(PeerId id, const std::string& name) {
  ES_TRY(Node* const reader, moving(id));
  const uint64_t context = context_number(name);
  if (!reads_.try_emplace(context).second)
    return invalid("a read is called '" + name + "' already");
  if (!reader->raft->read(context).ok()) reads_[context].state = ReadState::kRefused;
  settle(id);
  return {};
}

Result<RaftWorld::Read> RaftWorld::read(const std::string& name) const {
  const auto found = std::find(contexts_.begin(), contexts_.end(), name);
  const auto number = static_cast<uint64_t>(found - contexts_.begin()) + 1;
  const auto read = reads_.find(number);
  if (read == reads_.end()) return invalid("no read is called '" + name + "'");
  return read->second;
}

}  // namespace es::scenario
