#pragma once
// Gossip: who is alive. SWIM (Das, Gupta, Motivala, DSN 2002) with Lifeguard (Dadgar, Phillips,
// Currey, 2018) as a pure state machine: calls bring time and bytes in, take_output() brings
// datagrams, table exchanges and verdicts out. It owns no socket and no clock, and lives on one
// thread.
//
// Where it differs from the papers, and why:
//  - The next member to probe is the one that this node had contact with longest ago, not the next
//    of a shuffled list. A probe tells both ends, so pairs share their probes: at the same traffic
//    the 99.9th percentile of the time until a dead member of 7 is first probed falls from 4.4
//    probe intervals to 2.5.
//  - A death that arrives by rumour kills only whom this node suspects already; else it is a
//    suspicion. What the other side of a healed partition believed of us must not move tasks.
//  - Whole tables are exchanged when their digests differ, not on a timer: a cluster in which
//    nothing happens sends probes only.
//  - What others say of a member is believed within bounds only; beyond them, and where the member contradicts by speaking,
//    it is asked, and its own answer counts. Nobody can be talked out of the cluster while it answers.
//  - So it is with the numbers of what it says: a lie in its name can cost a datagram, and lasts until its next answer.
//  - A node that stood still (a stalled SD card, a paused guest) knows it by its own late call, and
//    moves its deadlines instead of burying its peers.

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/prng.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/gossip/local_health.h"
#include "core/gossip/member_table.h"
#include "core/gossip/message.h"
#include "core/gossip/options.h"
#include "core/gossip/replay_guard.h"
#include "core/gossip/rumour_queue.h"

namespace es::gossip {

constexpr size_t kMaxSeeds = 8;
constexpr size_t kMaxProbes = 8;            // waiting for an answer at once
constexpr size_t kMaxRelays = 64;           // probes for others at once
constexpr size_t kMaxTablesAsked = 8;       // waiting for a reply at once; the oldest are given up
constexpr size_t kMaxForgotten = 4'096;     // the oldest are remembered no longer
constexpr size_t kMaxDatagramsOut = 4'096;  // not taken in time: lost, as UDP may lose them

struct Datagram {
  SocketAddress to;
  std::string bytes;  // at most kMaxDatagramBytes, not sealed yet
};

// Carry `bytes` to the gossip port of `to` over a reliable channel and hand them to its
// receive_sync(). May fail silently.
struct SyncTo {
  SocketAddress to;
  std::string bytes;  // at most kMaxSyncBytes
};

struct Output {
  std::vector<Datagram> datagrams;
  std::vector<SyncTo> syncs;
  // Each accepted change of another member's state, incarnation, address or metadata, in order.
  std::vector<MemberRecord> events;
};

struct Counters {
  uint64_t probes = 0;
  uint64_t probes_failed = 0;
  uint64_t refutations = 0;  // suspicions of this node that it answered
  uint64_t stalls = 0;       // times this node stood still
  uint64_t syncs = 0;        // tables sent
  uint64_t foreign = 0;      // dropped: of another cluster
  uint64_t malformed = 0;    // dropped: not what any member writes
  uint64_t misdirected = 0;  // dropped: meant for another node, or our own
  uint64_t forgotten = 0;    // dropped: from a node removed from the cluster
  uint64_t overflow = 0;     // dropped: a bound was reached
  uint64_t replayed = 0;     // dropped: heard before
  uint64_t doubted = 0;      // rumours not believed: the member itself was asked
};

class Gossip {
 public:
  // Pre: self, cluster and address are set, meta fits.
  Gossip(Options options, Instant now);

  // Every call that takes `now` may produce output. Times never go back. Call tick() no later than
  // next_deadline(); a call later than that by stall_tolerance counts as this node's own stall.
  // kNever: nothing to do until a call arrives.
  void tick(Instant now);
  void receive(Instant now, const SocketAddress& from, std::string_view datagram);
  void receive_sync(Instant now, std::string_view bytes);
  Instant next_deadline() const;
  Output take_output();

  // Asks `seeds` (the first kMaxSeeds) who is there, now and again until somebody is. Undoes
  // leave().
  void join(Instant now, std::vector<SocketAddress> seeds);
  // Whom to ask from now on when nobody is alive.
  void set_seeds(Instant now, std::vector<SocketAddress> seeds);
  // Says goodbye. Tick on until spread_out(), then stop.
  void leave(Instant now);
  bool spread_out() const { return queue_.empty(); }

  // The node was removed from the cluster: nothing it says, or that is said of it, counts any more.
  // No event.
  void forget(NodeId node);

  // Errors: kLimit above kMaxMetaBytes.
  Status set_meta(Instant now, std::string meta);
  // This node moved, as after a new DHCP lease.
  void set_address(Instant now, SocketAddress address);

  // From now on this node counts its starts from `start`, if that is more: another board counted as far under its name, and
  // what that one said must not make this one's words look old.
  void raise_start(Instant now, uint64_t start);
  uint64_t start() const { return start_; }

  const MemberRecord& self() const { return self_; }
  // Every other member that was heard of and not forgotten, the dead too.
  const std::map<NodeId, Member>& members() const { return table_.all(); }
  // This node and those that are alive or suspected.
  size_t live_members() const { return table_.live_count() + 1; }
  uint32_t health() const { return health_.score(); }
  const Counters& counters() const { return counters_; }

 private:
  // A probe of this node's own.
  struct Probe {
    uint64_t sequence = 0;
    NodeId target;
    Instant deadline;
    bool indirect = false;   // the relays were asked
    bool question = false;   // asked for its own word: silence means nothing
    SocketAddress address;   // of a question
    uint32_t nacks_due = 0;  // relays asked
    uint32_t nacks = 0;
  };
  // A probe on behalf of another.
  struct Relay {
    uint64_t sequence = 0;
    uint64_t asked_sequence = 0;
    NodeId target;
    SocketAddress asker;
    Instant deadline;
  };
  // A table that this node asked for.
  struct TableAsked {
    uint64_t sequence = 0;
    SocketAddress of;
  };

  // probe.cpp
  void start_probe(Instant now);
  Member* next_to_probe();
  uint64_t draw_sequence();
  uint64_t await_word(Instant now, NodeId node, const SocketAddress& address);
  bool question(Instant now, NodeId node, const SocketAddress& address);
  void own_word(Instant now, const Probe& probe, uint64_t incarnation);
  void run_probe_timeouts(Instant now);
  void ask_relays(Instant now, Probe& probe);
  void probe_failed(Instant now, const Probe& probe);
  void run_relay_timeouts(Instant now);
  Instant draw_next_probe(Instant now);
  Instant draw_first_turn(Instant now);

  // receive.cpp
  void handle(Instant now, const SocketAddress& from, NodeId sender, const Ping& ping);
  void handle(Instant now, const SocketAddress& from, NodeId sender, const PingRequest& request);
  void handle(Instant now, const SocketAddress& from, NodeId sender, const Ack& ack);
  void handle(Instant now, const SocketAddress& from, NodeId sender, const Nack& nack);
  void handle(Instant now, const SocketAddress& from, NodeId sender, const Join& join);
  void handle(Instant now, const SocketAddress& from, NodeId sender, const Spread& spread);
  bool is_answer(const Envelope& envelope) const;
  void ask_sender(Instant now, const SocketAddress& from, const Envelope& envelope);
  void acknowledge(const SocketAddress& to, NodeId sender, const Ping& ping);
  void correct_sender(Instant now, const SocketAddress& from, const Envelope& envelope);

  // rumours.cpp
  void hear(Instant now, Rumour rumour);
  bool is_believable(const MemberRecord& record, const Member* member) const;
  bool may_confirm(const Rumour& rumour) const;
  bool is_expected_death(Instant now, const Member& member, const MemberRecord& record) const;
  static uint64_t first_incarnation(uint64_t start);
  void hear_of_self(Instant now, const MemberRecord& record);
  void adopt(Instant now, Member& member, Rumour rumour);
  void suspect(Instant now, Member& member, NodeId reporter);
  void run_suspicions(Instant now);
  void announce(Instant now);
  void tell(Instant now, Rumour rumour);

  // sync.cpp
  void send_table(const SocketAddress& to, bool reply_wanted, uint64_t sequence);
  void ask_for_table(const SocketAddress& of);
  bool take_answer(const TableSync& sync);
  void reply_in_doubt(Instant now, const TableSync& sync);
  void compare_digest(Instant now, const SocketAddress& from, uint64_t theirs);
  uint64_t digest() const { return table_.live_digest() + digest_of(self_); }
  void reach_out(Instant now);
  void send_join(const SocketAddress& seed);

  // gossip.cpp
  void catch_up(Instant now);
  void postpone_all(Duration by);
  void spread(Instant now);
  bool active() const { return self_.state == MemberState::kAlive; }
  bool is_forgotten(NodeId node) const { return forgotten_.contains(node); }
  void send(const SocketAddress& to, NodeId recipient, Body body, std::vector<Rumour> first = {});

  const Options options_;
  uint64_t start_;
  Prng prng_;
  MemberRecord self_;
  MemberTable table_;
  RumourQueue queue_;
  LocalHealth health_;
  std::vector<Probe> probes_;
  std::vector<Relay> relays_;
  std::deque<TableAsked> tables_asked_;
  std::vector<SocketAddress> seeds_;
  std::set<NodeId> forgotten_;
  std::deque<NodeId> forgotten_order_;
  uint64_t asked_so_far_ = 0;
  bool strangers_turn_ = false;
  ReplayGuard datagrams_;
  ReplayGuard exchanges_;
  uint64_t last_datagram_ = 0;
  uint64_t last_exchange_ = 0;

  Instant now_;
  Instant next_probe_;
  Instant next_spread_;
  Instant next_reach_out_;
  Instant next_sync_;            // earliest
  Instant next_reply_in_doubt_;  // earliest
  Instant next_doubt_of_old_;    // earliest
  Output output_;
  Counters counters_;
};

}  // namespace es::gossip
