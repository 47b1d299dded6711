#pragma once
// RaftSim: a raft-only cluster under one seed. First everything goes wrong that may (loss,
// doubling, reordering, cuts, slow, failing and lying disks, power loss before and after a write
// that nobody was told of, rot, membership changes, transfers, messages with impossible numbers),
// then everything works again and the cluster must agree. The same seed gives the same trace hash
// on every machine.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/fast_hash.h"
#include "core/base/prng.h"
#include "core/raft/raft.h"
#include "tests/sim/raft_disk.h"
#include "tests/sim/raft_safety.h"

namespace es::sim {

struct RaftSimOptions {
  uint64_t seed = 0;
  int voters = 3;
  int strangers = 2;  // machines that changes may add
  int steps = 3000;   // of trouble
  bool pre_vote = true;
  bool check_quorum = true;
};

struct RaftSimReport {
  std::string problem;  // empty: every property held and the cluster converged
  uint64_t trace_hash = 0;
  // What the trouble amounted to; a test of the test.
  uint64_t committed = 0;
  uint64_t elections = 0;
  uint64_t crashes = 0;
  uint64_t rot = 0;
  uint64_t lies = 0;  // disks that lost what they had called durable
  uint64_t snapshots_installed = 0;
  uint64_t changes = 0;
  uint64_t reads_confirmed = 0;
  uint64_t lost_quorums =
      0;  // who lost entries is needed to elect; nothing converges then, and nothing may

  // Adds up what the trouble amounted to.
  RaftSimReport& operator+=(const RaftSimReport& other);
  std::string trouble() const;
};

// The shape of the cluster for a seed.
RaftSimOptions raft_sim_options(uint64_t seed);

class RaftSim {
 public:
  explicit RaftSim(const RaftSimOptions& options);
  RaftSimReport run();

 private:
  struct Node {
    std::optional<raft::Raft> raft;
    RaftDisk disk;
  };

  void boot(raft::PeerId id, const raft::Restored& restored);
  void settle(raft::PeerId id);
  void carry_out(raft::PeerId id, raft::Output output);
  void complete_write(raft::PeerId id, bool fails);
  void deliver(size_t position, bool keep);
  raft::PeerId any_node() { return 1 + prng_.below(nodes_.size()); }
  raft::PeerId any_leader();

  void trouble();
  void disturb_network();
  void disturb_node(raft::PeerId id);
  void disturb_disk(raft::PeerId id);
  void ask(raft::PeerId id);
  void rot(raft::PeerId id);
  bool may_lose_entries(raft::PeerId id) const;
  void lose_lies(raft::PeerId id);
  void damage();
  void compact(raft::PeerId id);

  void recover();
  bool nobody_can_win() const;
  void calm_round();
  bool converged() const;
  std::string states() const;
  void problem(std::string what);

  RaftSimOptions options_;
  Prng prng_;
  std::map<raft::PeerId, Node> nodes_;
  std::vector<raft::Message> network_;
  std::set<std::pair<raft::PeerId, raft::PeerId>> cuts_;
  RaftSafety safety_;
  std::map<uint64_t, raft::Index> reads_;  // context: what was committed when it was asked
  uint64_t next_context_ = 1;
  uint64_t next_write_ = 1;
  bool calm_ = false;
  FastHash trace_;
  RaftSimReport report_;
};

}  // namespace es::sim
