#pragma once
// RaftWorld: the nodes of a raft scenario with their disks, and the network between them. Nothing
// happens by itself: messages wait until a line delivers them, time passes when a line says so.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/raft/raft.h"
#include "tests/sim/raft_disk.h"
#include "tests/sim/raft_safety.h"

namespace es::scenario {

using raft::Index;
using raft::PeerId;
using raft::Term;

class RaftWorld {
 public:
  struct Node {
    std::optional<raft::Raft> raft;  // nothing while it is down
    sim::RaftDisk disk;
    bool disk_held = false;
    bool disk_fails = false;
    bool moved = false;  // it did something, so its first state is history
    int timeout_ticks = 0;
  };
  enum class ReadState { kPending, kConfirmed, kRefused };
  struct Read {
    ReadState state = ReadState::kPending;
    Index index = 0;
  };
  using Filter = std::function<bool(const raft::Message&)>;

  // Errors of all that take a node: kInvalid for one that does not exist, or is down.
  Status add_node(PeerId id, const raft::Options& options, raft::Restored restored);
  Result<Node*> node(PeerId id);
  Result<Node*> running(PeerId id);
  // As running(), to do something to it; settle() afterwards.
  Result<Node*> moving(PeerId id);
  const std::map<PeerId, Node>& nodes() const { return nodes_; }
  // Gives a node another state to start from. Errors: also if it moved already.
  Status replace_state(PeerId id, raft::Restored restored);
  // A machine that is switched on for the first time, with nothing on its disk. No effect if it
  // exists.
  void ensure_blank_node(PeerId id);

  // Carries out what the node wants after something was done to it, and writes it down.
  void settle(PeerId id);

  Status crash(PeerId id, bool keep_waiting = false);
  Status restart(PeerId id);
  Status hold_disk(PeerId id);
  Status release_disk(PeerId id, std::optional<uint64_t> count);
  Status fail_disk(PeerId id);

  // The network.
  const std::deque<raft::Message>& pending() const { return pending_; }
  void deliver(const Filter& matches, uint64_t max_count);
  void drop(const Filter& matches);
  void duplicate(const Filter& matches);
  void cut(PeerId from, PeerId to);
  void heal() { cuts_.clear(); }
  // Delivers among these until nothing is pending. Errors: if it never ends.
  Status stabilize(const std::set<PeerId>& among);
  // From outside, at once.
  Status inject(const raft::Message& message);

  // Reads and every other context have a name in the scenario and a number in the messages.
  uint64_t context_number(const std::string& name);
  Status start_read(PeerId id, const std::string& name);
  Result<Read> read(const std::string& name) const;

  const sim::RaftSafety& safety() const { return safety_; }
  raft::Configuration first_config;

 private:
  void boot(PeerId id, Node& node, raft::Restored restored);
  void carry_out(PeerId id, Node& node, raft::Output output);
  void complete_writes(Node& node, uint64_t max_count);
  void hand_over(const raft::Message& message);

  raft::Options options_;
  std::map<PeerId, Node> nodes_;
  std::deque<raft::Message> pending_;
  std::set<std::pair<PeerId, PeerId>> cuts_;
  std::vector<std::string> contexts_;  // number - 1 is the position
  std::map<uint64_t, Read> reads_;
  sim::RaftSafety safety_;
};

}  // namespace es::scenario
