#pragma once
// Network: how messages travel between simulated boards. Connections keep their order and break as a whole; datagrams are lost one by one.
// All of it is drawn from one seed.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/base/prng.h"
#include "tests/sim/schedule.h"

namespace es::sim {

struct NetworkOptions {
  Duration delay_min = microseconds(200);
  Duration delay_max = milliseconds(2);
  uint64_t datagram_loss_per_mille = 0;
  uint64_t connection_break_per_mille = 0;  // of messages
};

class Network {
 public:
  using Board = size_t;

  Network(Schedule& schedule, uint64_t seed, NetworkOptions options)
      : schedule_(schedule), prng_(seed), options_(options) {}

  // Carries `deliver` from one board to another in the order of the calls, or breaks the connection: then `broken` is called for each end
  // that still hears it.
  void send(Board from, Board to, std::function<void()> deliver);
  void send_datagram(Board from, Board to, std::function<void()> deliver);
  void on_break(std::function<void(Board at, Board peer)> broken) { broken_ = std::move(broken); }

  // A connection stays open until it breaks; only to open one the other's address has to be known.
  bool connected(Board a, Board b) const;
  void connect(Board a, Board b);
  bool reaches(Board from, Board to) const { return passes(from, to) && passes(to, from); }

  // No packet passes between the two in this direction.
  void cut(Board from, Board to) { cuts_.insert({from, to}); }
  void cut_off(Board board, Board boards);
  void heal() { cuts_.clear(); }
  // The board lost its power: its connections are gone without a word.
  void power_off(Board board);
  // No datagram reaches the board or leaves it: a firewall that lets TCP through and UDP not.
  void block_datagrams(Board board) { deaf_.insert(board); }
  void set_options(NetworkOptions options) { options_ = options; }

 private:
  bool passes(Board from, Board to) const { return from == to || !cuts_.contains({from, to}); }
  Instant arrival(Board from, Board to);
  void give_up_later(Board from, Board to);
  void break_connection(Board a, Board b);

  Schedule& schedule_;
  Prng prng_;
  NetworkOptions options_;
  std::set<std::pair<Board, Board>> cuts_;
  std::set<Board> deaf_;
  std::map<std::pair<Board, Board>, Instant> last_arrival_;
  std::map<std::pair<Board, Board>, uint64_t> generation_;  // of the connection; messages of an older one are lost
  std::map<std::pair<Board, Board>, uint64_t> connected_;   // in which generation
  std::function<void(Board, Board)> broken_;
};

}  // namespace es::sim
