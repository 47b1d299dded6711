#pragma once
// Faults: what befalls a cluster in a storm, as a list that is drawn before anything happens: so a
// part of it can be played again without the rest, which is how a failing seed is made short.

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/prng.h"
#include "tests/sim/cluster.h"

namespace es::sim {

enum class FaultKind : uint8_t {
  kKill,          // the daemon; containers go on
  kPowerOff,
  kDieAtWrite,    // the daemon, at the amount-th write from now; odd: the write is durable
  kRestartLoop,   // killed again and again, each time after less than a second
  kCutOff,        // from everybody
  kCutOneWay,     // nothing from the board reaches the other
  kCutPair,       // the two hear nothing of each other, all others do
  kSplit,         // boards with a bit in `amount` from those without
  kClog,          // amount bytes a second from the board to everybody
  kSlow,          // amount milliseconds more each way
  kDiskStalls,
  kDiskRefuses,   // no space, or EIO, for a while; odd: the operator restarts the daemon afterwards
  kWallJumps,     // by amount seconds, to both sides
  kWallIn1970,
  kStartsHang,    // of containers
  kExitsLost,     // until the daemon is restarted or the fault is over
  kMoves,         // to a new address, after a reboot
  kRots,          // after a power cut a part of the log cannot be read; once in a story
};
constexpr size_t kFaultKinds = static_cast<size_t>(FaultKind::kRots) + 1;

struct Fault {
  Duration at;  // from the storm's beginning
  Duration lasts;
  FaultKind kind = FaultKind::kKill;
  size_t board = 0;
  size_t other = 0;
  uint64_t amount = 0;
};

std::string to_string(const Fault& fault, Cluster& cluster);

// `count` faults within `span`, in the order of their times.
std::vector<Fault> draw_faults(Prng& prng, size_t boards, Duration span, size_t count);

class Faults {
 public:
  // The cluster outlives this, and this whatever the cluster's schedule still holds.
  Faults(Cluster& cluster, std::vector<Fault> list) : cluster_(cluster), list_(std::move(list)) {}

  // Plans them all, from now on.
  void begin();
  // Everything is mended, nothing more comes, and who is down comes back.
  void end();

  const std::vector<Fault>& list() const { return list_; }

 private:
  void strike(const Fault& fault);
  void strike_network(const Fault& fault);
  void strike_board(const Fault& fault);
  void pass(const Fault& fault);
  size_t managers();
  void loop_restarts(Board& board, Instant until);
  void crash(Board& board, uint64_t kept);
  template <class Act>
  void for_each_other(size_t board, Act act);

  Cluster& cluster_;
  std::vector<Fault> list_;
  uint64_t moves_ = 0;
  bool may_rot_ = false;  // when the power went of the board whose log is to rot
  bool over_ = false;
};

}  // namespace es::sim
