#pragma once
// Network: how messages travel between simulated boards. A connection keeps its order, queues what
// does not go through and breaks as a whole; datagrams are lost, doubled and late one by one. All of
// it is drawn from one seed.

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <set>
#include <vector>

#include "core/base/prng.h"
#include "core/base/result.h"
#include "core/ports/transport.h"
#include "tests/sim/schedule.h"

namespace es::sim {

// As the transport of the product has it (platform/linux/net).
constexpr Duration kSilenceTimeout = seconds(3);  // until TCP gives a silent peer up
constexpr size_t kSendQueueBytes = 8 << 20;

struct NetworkOptions {
  Duration delay_min = microseconds(200);
  Duration delay_max = milliseconds(2);
  uint64_t datagram_loss_per_mille = 0;
  uint64_t connection_break_per_mille = 0;  // of messages
  uint64_t datagram_double_per_mille = 0;
  uint64_t datagram_late_per_mille = 0;  // arrives up to late_max later, after those sent behind it
  Duration late_max = seconds(5);
};

class Network {
 public:
  using Board = size_t;
  using Channel = ports::Channel;

  Network(Schedule& schedule, uint64_t seed, NetworkOptions options)
      : schedule_(schedule), prng_(seed), options_(options) {}

  // Carries `deliver` from one board to another in the order of the calls on the channel, or breaks
  // the connection: then `broken` is called for each end that still hears it. Errors: kUnavailable
  // (a dial failed a moment ago), kLimit (the queue is full).
  Status send(Board from, Board to, Channel channel, size_t size_bytes,
              std::function<void()> deliver);
  void send_datagram(Board from, Board to, std::function<void()> deliver);
  using Broken = std::function<void(Board at, Board peer, Channel channel)>;
  void on_break(Broken broken) { broken_ = std::move(broken); }
  bool connected(Board a, Board b, Channel channel) { return connection(a, b, channel).open; }
  // A dial to where nobody is, or somebody else: `from` hears of it.
  Status dial_nobody(Board from, Board to, Channel channel);

  // No packet passes between the two in this direction. What is on connections waits.
  void cut(Board from, Board to);
  bool reaches(Board from, Board to) { return passes(from, to) && passes(to, from); }
  void cut_off(Board board, Board boards);
  void mend(Board from, Board to);
  // So many bytes a second pass in this direction; 0: as many as there are.
  void clog(Board from, Board to, uint64_t bytes_per_second);
  // Everything takes so much longer in this direction.
  void slow(Board from, Board to, Duration delay);
  void heal();
  // The board lost its power: its connections are gone without a word.
  void power_off(Board board);
  // The daemon takes connections from now on.
  void listen(Board board) { at(board) = {true, true}; }
  // The process died: the kernel closes its connections.
  void daemon_died(Board board);
  void close(Board a, Board b);  // both channels, by a
  // No datagram reaches the board or leaves it: a firewall that lets TCP through and UDP not.
  void block_datagrams(Board board) { deaf_.insert(board); }
  void set_options(NetworkOptions options) { options_ = options; }
  // No wire is cut, clogged or slow, and few packets are lost.
  bool is_calm() const;
  // When a wire last got better or worse.
  Instant changed_at() const { return changed_at_; }

 private:
  struct Message {
    size_t size_bytes = 0;
    std::function<void()> deliver;
  };
  // One direction of a connection.
  struct Flow {
    Instant last_arrival;
    Instant busy_until;
    std::deque<Message> on_wire;  // in the order of their arrival
    uint64_t epoch = 0;           // arrivals that were planned in an older one do not happen
    std::deque<Message> stalled;  // while the wire is cut
    size_t stalled_bytes = 0;
  };
  struct Connection {
    bool open = false;
    bool ghost = false;  // one end went without a word, and the other still believes
    bool giving_up = false;
    uint64_t generation = 0;  // of dials and of giving up
    Instant no_dial_before;
    int failures = 0;
  };
  // One direction between two boards.
  struct Wire {
    bool cut = false;
    Duration delay;
    uint64_t bytes_per_second = 0;
    Flow flows[2];
    Connection connections[2];  // used in the wire from the lower to the higher board only
  };

  struct Host {
    bool powered = true;
    bool listens = false;
  };

  static size_t number(Channel channel) { return channel == Channel::kBulk ? 1 : 0; }
  Wire& wire(Board from, Board to);
  Connection& connection(Board a, Board b, Channel channel);
  Host& at(Board board);
  bool passes(Board from, Board to) { return from == to || !wire(from, to).cut; }
  Duration draw_delay();
  Status dial(Board from, Board to, Channel channel);
  void transmit(Board from, Board to, Channel channel, Message message);
  void arrive(Board from, Board to, Channel channel, uint64_t epoch);
  void plan_again(Board from, Board to, ports::Channel channel);
  void refuse(Board from, Board to, Channel channel);
  void failed_dial(Connection& link);
  void give_up_later(Board from, Board to, Channel channel);
  void break_connection(Board a, Board b, Channel channel);
  void lose(Board a, Board b, Channel channel);
  void tell(Board at, Board peer, Channel channel);

  Schedule& schedule_;
  Prng prng_;
  NetworkOptions options_;
  std::vector<std::vector<Wire>> wires_;  // [from][to]
  std::vector<Host> hosts_;
  std::set<Board> deaf_;
  Broken broken_;
  Instant changed_at_;
};

}  // namespace es::sim
