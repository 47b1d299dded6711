#include "tests/sim/faults.h"

#include <algorithm>
#include <array>
#include <utility>

namespace es::sim {

namespace {

constexpr std::array<std::string_view, kFaultKinds> kNames = {
    "kill",        "power off", "die at write", "restart loop", "cut off",    "cut one way",
    "cut pair",    "split",     "clog",         "slow",         "disk stalls", "disk refuses",
    "clock jumps", "1970",      "starts hang",  "exits lost",   "move",        "rot"};

// Half a dozen kinds are what most boards see; the rest are as frequent as the table says.
constexpr std::array<uint64_t, kFaultKinds> kWeights = {6, 6, 6, 2, 4, 3, 3, 3, 2, 2, 3, 3, 1, 1, 2, 2, 0, 2};

std::string seconds_text(Duration time) {
  return std::to_string(time.ms() / 1'000) + "." + std::to_string(time.ms() % 1'000 / 100) + " s";
}

FaultKind draw_kind(Prng& prng) {
  uint64_t sum = 0;
  for (const uint64_t weight : kWeights) sum += weight;
  uint64_t drawn = prng.below(sum);
  size_t kind = 0;
  while (drawn >= kWeights[kind]) drawn -= kWeights[kind++];
  return static_cast<FaultKind>(kind);
}

uint64_t draw_amount(Prng& prng, FaultKind kind) {
  switch (kind) {
    case FaultKind::kDieAtWrite: return 1 + prng.below(24);
    case FaultKind::kSplit: return prng.next();
    case FaultKind::kRots: return prng.below(40);
    case FaultKind::kClog: return 2'000 + prng.below(200'000);
    case FaultKind::kSlow: return 50 + prng.below(2'000);
    case FaultKind::kWallJumps: return prng.below(2 * 86'400 * 400);
    default: return prng.below(8);  // of the writes under way, what a crash keeps
  }
}

}  // namespace

std::string to_string(const Fault& fault, Cluster& cluster) {
  const auto name = [&](size_t board) {
    return board < cluster.size() ? cluster.board(board).name() : std::to_string(board);
  };
  return "+" + seconds_text(fault.at) + " for " + seconds_text(fault.lasts) + ": " +
         std::string(kNames[static_cast<size_t>(fault.kind)]) + " " + name(fault.board) + ", " +
         name(fault.other) + " (" + std::to_string(fault.amount) + ")";
}

std::vector<Fault> draw_faults(Prng& prng, size_t boards, Duration span, size_t count) {
  std::vector<Fault> list;
  bool rotten = false;
  for (size_t i = 0; i < count; ++i) {
    Fault fault;
    fault.at = milliseconds(static_cast<int64_t>(prng.below(static_cast<uint64_t>(span.ms()))));
    fault.lasts = milliseconds(static_cast<int64_t>(100 + prng.below(prng.chance(1, 4) ? 12'000 : 4'000)));
    fault.kind = draw_kind(prng);
    // Where two of three managers have rot, nobody can tell any more what was acknowledged.
    if (fault.kind == FaultKind::kRots && std::exchange(rotten, true)) fault.kind = FaultKind::kKill;
    fault.board = prng.below(boards);
    fault.other = (fault.board + 1 + prng.below(boards - 1)) % boards;
    fault.amount = draw_amount(prng, fault.kind);
    list.push_back(fault);
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
  return list;
}

void Faults::begin() {
  Schedule& schedule = cluster_.world().schedule;
  for (const Fault& fault : list_) {
    schedule.after(fault.at, [this, &fault] {
      if (!over_) strike(fault);
    });
    schedule.after(fault.at + fault.lasts, [this, &fault] {
      if (!over_) pass(fault);
    });
  }
}

void Faults::end() {
  over_ = true;
  cluster_.heal();
  for (size_t i = 0; i < cluster_.size(); ++i) {
    Board& board = cluster_.board(i);
    board.set_wall_error({});
    board.runtime().set_trouble({});
    board.disk().die_at(0, false, nullptr);  // not any more
    board.disk().set_refusing(false);
    cluster_.start(board);
  }
}

template <class Act>
void Faults::for_each_other(size_t board, Act act) {
  for (size_t other = 0; other < cluster_.size(); ++other) {
    if (other != board) act(other);
  }
}

void Faults::crash(Board& board, uint64_t kept) {
  board.disk().crash(kept);
  cluster_.kill_daemon(board);
}

void Faults::strike(const Fault& fault) {
  cluster_.world().note("fault", [&] { return to_string(fault, cluster_); });
  switch (fault.kind) {
    case FaultKind::kCutOff:
    case FaultKind::kCutOneWay:
    case FaultKind::kCutPair:
    case FaultKind::kSplit:
    case FaultKind::kClog:
    case FaultKind::kSlow: return strike_network(fault);
    default: return strike_board(fault);
  }
}

void Faults::strike_network(const Fault& fault) {
  Network& network = cluster_.world().network;
  switch (fault.kind) {
    case FaultKind::kCutOff: return network.cut_off(fault.board, cluster_.size());
    case FaultKind::kCutOneWay: return network.cut(fault.board, fault.other);
    case FaultKind::kCutPair:
      network.cut(fault.board, fault.other);
      return network.cut(fault.other, fault.board);
    case FaultKind::kSplit:
      for (size_t a = 0; a < cluster_.size(); ++a) {
        for_each_other(a, [&](size_t b) {
          if (((fault.amount >> a) ^ (fault.amount >> b)) & 1) network.cut(a, b);
        });
      }
      return;
    case FaultKind::kClog:
      return for_each_other(fault.board,
                            [&](size_t b) { network.clog(fault.board, b, fault.amount); });
    default:
      return for_each_other(fault.board, [&](size_t b) {
        network.slow(fault.board, b, milliseconds(static_cast<int64_t>(fault.amount)));
        network.slow(b, fault.board, milliseconds(static_cast<int64_t>(fault.amount)));
      });
  }
}

void Faults::strike_board(const Fault& fault) {
  Board& board = cluster_.board(fault.board);
  switch (fault.kind) {
    case FaultKind::kKill: return crash(board, fault.amount);
    case FaultKind::kRots:
      // An only manager whose log rots is lost. That others are left is counted before: this board may be the only one that knows.
      may_rot_ = managers() >= 3;
      [[fallthrough]];
    case FaultKind::kPowerOff:
    case FaultKind::kMoves:
      board.disk().crash(fault.amount);
      return cluster_.power_off(board);
    case FaultKind::kDieAtWrite:
      return board.disk().die_at((fault.amount + 1) / 2, fault.amount % 2 == 1,
                                 [this, &board] { cluster_.kill_daemon(board); });
    case FaultKind::kRestartLoop:
      return loop_restarts(board, cluster_.world().schedule.now() + fault.lasts);
    case FaultKind::kDiskStalls: return board.disk().stall(fault.lasts);
    case FaultKind::kDiskRefuses: return board.disk().set_refusing(true);
    case FaultKind::kWallJumps:
      return board.set_wall_error(seconds(static_cast<int64_t>(fault.amount) - 86'400 * 400));
    case FaultKind::kWallIn1970:
      return board.set_wall_error(WallTime{0} - cluster_.world().wall());
    case FaultKind::kStartsHang: return board.runtime().set_trouble({.starts_hang = true});
    default: return board.runtime().set_trouble({.exits_are_lost = true});
  }
}

// What a fault took comes back; what somebody else broke meanwhile stays broken until that is over.
void Faults::pass(const Fault& fault) {
  cluster_.world().note("over", [&] { return to_string(fault, cluster_); });
  Network& network = cluster_.world().network;
  Board& board = cluster_.board(fault.board);
  switch (fault.kind) {
    case FaultKind::kCutOneWay:
    case FaultKind::kCutPair:
      network.mend(fault.board, fault.other);
      return network.mend(fault.other, fault.board);
    case FaultKind::kCutOff:
    case FaultKind::kSplit:
    case FaultKind::kClog:
    case FaultKind::kSlow: return network.heal();
    case FaultKind::kDiskRefuses:
      board.disk().set_refusing(false);
      if (fault.amount % 2 == 1) cluster_.kill_daemon(board);
      return cluster_.start(board);
    case FaultKind::kRots:
      // Of two managers, one that heals and one that restarts elect nobody: that is a quorum lost.
      if (!board.is_up() && may_rot_ && managers() >= 3) board.disk().rot(fault.amount);
      return cluster_.start(board);
    case FaultKind::kDiskStalls: return;
    case FaultKind::kDieAtWrite:
      board.disk().die_at(0, false, nullptr);  // not any more
      return cluster_.start(board);
    case FaultKind::kWallJumps:
    case FaultKind::kWallIn1970: return board.set_wall_error({});
    case FaultKind::kStartsHang:
    case FaultKind::kExitsLost: return board.runtime().set_trouble({});
    case FaultKind::kMoves:
      board.move("10.78." + std::to_string(moves_ / 250) + "." + std::to_string(moves_ % 250 + 1));
      ++moves_;
      return cluster_.start(board);
    default: return cluster_.start(board);
  }
}

size_t Faults::managers() {
  const state::Tables* tables = cluster_.tables();
  if (tables == nullptr) return 0;
  const auto& nodes = tables->rows<es::Node>();
  return static_cast<size_t>(std::count_if(nodes.begin(), nodes.end(), [](const auto& row) { return row.second->manager.has_value(); }));
}

void Faults::loop_restarts(Board& board, Instant until) {
  if (over_ || cluster_.world().schedule.now() >= until) return;
  if (board.is_up()) crash(board, 1);
  else cluster_.start(board);
  cluster_.world().schedule.after(milliseconds(board.is_up() ? 700 : 150),
                                  [this, &board, until] { loop_restarts(board, until); });
}

}  // namespace es::sim
