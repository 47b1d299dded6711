#pragma once
// Raft: one member of a consensus group, as a state machine without clock, thread, disk or network.
// Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (Raft §…); Ongaro's
// dissertation "Consensus: Bridging Theory and Practice" (thesis §…).
//
// Inputs are tick(), step(message), the requests below, and persisted(). After any of them the
// owner calls take_output() until has_output() is false, and carries it out. Calls never re-enter.
// Two rules make a slow disk harmless:
//   - a message that says "I hold this" (a vote, an acknowledgement) is released by take_output()
//   only after persisted() of the write
//     that makes it true;
//   - everything else goes out at once: a leader sends entries to its peers while its own disk
//   still writes them (thesis §10.2.1), and
//     counts itself when persisted() says so.
//
// A configuration is active on a node from the moment its entry is appended to the node's log
// (thesis §4.1), not when it is committed: the change itself is then already decided by the new
// majority, and at most one is under way.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/prng.h"
#include "core/base/result.h"
#include "core/raft/config.h"
#include "core/raft/log.h"
#include "core/raft/message.h"
#include "core/raft/options.h"
#include "core/raft/output.h"
#include "core/raft/quorum.h"
#include "core/raft/roles.h"

namespace es::raft {

// What the disk gave back. A first member starts with snapshot.meta.config = {voters: {itself}};
// one that joins starts empty and learns the configuration from the leader.
struct Restored {
  HardState hard_state;
  Snapshot snapshot;           // index 0: none yet, but its configuration is the group's first
  std::vector<Entry> entries;  // follow the snapshot without a gap; where rot was found, the
                               // readable ones before it
  // An entry that is known to be committed, if these entries hold it; 0 is always right. An index
  // alone says nothing: a node may know a commit before its disk has the entry, and after a crash
  // another entry, which was never committed, may stand there.
  Index commit = 0;
  Term commit_term = 0;
  // Rot was found: index and term of the last entry that the log once held. Index 0: it is whole.
  // Term 0: not known; healing then waits for a term above hard_state.term.
  Index lost_index = 0;
  Term lost_term = 0;
};

// What a leader knows of a peer.
struct PeerStatus {
  Index match = 0;
  ProgressState state = ProgressState::kProbe;
  bool recent_active = false;  // it has answered in this term, and lately
  bool caught_up = false;  // holds all that is committed: a learner may be promoted
};

class Raft {
 public:
  // Errors: kInvalid for options out of range, kCorrupt for a log that no Raft wrote.
  static Result<Raft> start(Options options, Restored restored);

  // --- inputs ---

  void tick();
  // Messages that make no sense (not for this node, a gap, an unknown kind of entry) are ignored
  // and counted in ignored_messages().
  void step(const Message& message);
  // The write `id` is durable. Pre: it is the oldest one not answered yet.
  void persisted(uint64_t id);
  // The disk failed. That is final: the node falls silent, as it no longer knows what it holds.
  void persist_failed(uint64_t id);

  // --- requests ---

  // The index that the entry will have if it is committed. Errors of all requests: kUnavailable if
  // this node is not the leader (see leader()) or hands leadership over, kLimit at a bound, kIo
  // after persist_failed.
  Result<Index> propose(std::string data);
  // Errors: also kPrecondition, while another change is under way or if it does not fit the
  // members.
  Result<Index> propose_change(const Change& change);
  // Starts to hand leadership to `to`; given up after an election timeout. Errors: kPrecondition if
  // `to` cannot lead.
  Status transfer(PeerId to);
  // A linearizable read, on any member; the end comes as a ReadResult with this context. The owner
  // never uses a context twice, also not after a restart: an answer that was late would be taken
  // for the new one's. Errors: kUnavailable without a leader.
  Status read(uint64_t context);
  // The election timer fires now.
  void campaign();
  // `data` is the state after applying `index`; entries up to it are dropped, but for the last
  // `trailing_entries` and those that a peer needs after the snapshot on its way: they stay in
  // memory, within Options::max_trailing_*, so that a peer that is a little behind needs no
  // snapshot. Without effect if a snapshot covers `index` already and its entries only trail.
  // Errors: kInvalid if that is not applied yet or dropped already, kPrecondition on a joining node
  // that has not reached the entry of its own addition: try again when more is applied.
  Status compact(Index index, std::string data, size_t trailing_entries = 0);
  // The transport lost its connection to `peer`. If that is the leader, this node asks around soon
  // instead of waiting for the timeout; pre-vote makes a false alarm harmless. If this node sends
  // it a snapshot, the chunk on its way is lost.
  void peer_lost(PeerId peer);
  // Two boards speak as `peer`, the leader of this term: nobody leads in it any more.
  void hear_of_rival(PeerId peer);
  // Another board led in `term` with this member's identity: an only voter campaigns for a term above it. No effect when this term is higher, or
  // when `term` is out of reach (kMaxTermJump). With other voters pre-vote may leave the term below.
  void outgrow(Term term);
  // From now on this node's election timeout is exactly `ticks`; for tests.
  void set_election_timeout(int ticks);

  // --- output ---

  bool has_output() const;
  Output take_output();

  // --- looking ---

  PeerId id() const { return options_.id; }
  Role role() const;
  PeerId leader() const;
  const HardState& hard_state() const { return hard_; }
  Term term() const { return hard_.term; }
  Index commit_index() const { return commit_; }
  Index applied_index() const { return applied_; }  // handed out by take_output()
  const Log& log() const { return log_; }
  const Configuration& config() const { return configs_.active(); }
  const SnapshotMeta& snapshot() const { return snapshot_->meta; }
  bool is_healing() const { return hard_.lost_index != 0; }
  bool has_failed() const { return failed_; }
  bool may_campaign() const;  // whether campaign() would ask anyone
  // True while a membership change is not committed.
  bool change_pending() const { return configs_.active_since() > commit_; }
  // Nothing unless this node leads and `peer` is another member.
  std::optional<PeerStatus> progress(PeerId peer) const;
  uint64_t ignored_messages() const { return ignored_; }

 private:
  // A write that the disk has not answered yet.
  struct Batch {
    uint64_t id;
    Index last_index;
    Term last_term;
  };
  struct Held {
    uint64_t after_batch;
    Message message;
  };
  struct ForwardedRead {
    uint64_t context;
    int64_t asked_tick;
  };
  // What must be durable before a message may leave.
  enum class After { kTerm, kLog };

  Raft(Options options, Restored restored);

  // raft.cpp: terms, roles, time
  Leading* leading() { return std::get_if<Leading>(&state_); }
  const Leading* leading() const { return std::get_if<Leading>(&state_); }
  Campaigning* campaigning() { return std::get_if<Campaigning>(&state_); }
  bool is_within_reach(const Message& message) const;
  bool admits_term(const Message& message);
  void answer_old_term(const Message& message);
  void enter_term(Term term);
  void set_vote(PeerId peer);
  void become_follower(Term term, PeerId leader);
  bool hear_from_leader(const Message& message);
  bool is_rival(const Message& message) const;
  bool contradicts_committed(Index index, Term term);
  void reset_election_timer();
  void tick_leader();
  void heard_from(Progress& peer) const;
  bool quorum_active();
  Status check_leading() const;
  void ignore() { ++ignored_; }

  // output.cpp
  bool has_unsaved() const;
  Persist take_batch();
  void hard_state_changed();
  void send(PeerId to, Body body, After after = After::kTerm);
  void send_in_term(Term term, PeerId to, Body body, After after);

  // election.cpp
  void start_pre_campaign();
  void start_campaign(bool transfer);
  void ask_for_votes(bool pre, bool transfer);
  void count_vote(PeerId from, bool granted);
  bool votes_for(Index last_index, Term last_term) const;
  bool may_vote_while_healing() const;
  void become_leader();

  // replication.cpp: the leader's side
  bool send_append(PeerId to, Progress& peer, bool even_if_empty);
  void send_all(PeerId to);
  void broadcast_append();
  void append_own(EntryType type, std::string data);
  void advance_commit();
  void append_rejected(PeerId from, Progress& peer, const AppendReply& reply);
  void forget_acknowledged(PeerId from, Progress& peer, Index last);
  void broadcast_heartbeat();
  void send_heartbeat(PeerId to, Progress& peer);

  // append.cpp: the follower's side
  bool has_room_for(const Entry& entry) const;
  Index take_entries(const Append& append);
  void commit_to(Index index);
  void heal_if_whole(Index matched);

  // heartbeat.cpp
  bool lacks_acknowledged(const Heartbeat& heartbeat) const;
  void notice_lost(PeerId leader, Index acknowledged);

  // snapshot.cpp
  Index first_to_keep(Index index, size_t trailing_entries) const;
  std::shared_ptr<const Snapshot> snapshot_for(const Progress& peer) const;
  void give_up_silent_transfers();
  bool start_snapshot(PeerId to, Progress& peer);
  void send_chunk(PeerId to, Progress& peer);
  void resume_snapshot(PeerId to, Progress& peer, const HeartbeatReply& reply);
  void receive_chunk(const Message& message, const SnapshotChunk& chunk);
  void install(PeerId from, Snapshot snapshot);

  // membership.cpp
  void use_appended_config(const Entry& entry);
  void track_members();
  void finish_change();

  // read_index.cpp
  Status lead_read(PeerId from, uint64_t context);
  Error too_many_reads() const;
  void answer_read(PeerId from, uint64_t context, Index index);
  void release_early_reads();
  void confirm_reads();
  void abandon_reads();
  void abandon_forwarded_reads(int64_t asked_before);

  // transfer.cpp
  void hand_over_if_ready(PeerId from);

  // one a message kind, in the file of its name
  void on(const Message& message, const Append& append);
  void on(const Message& message, const AppendReply& reply);
  void on(const Message& message, const Vote& vote);
  void on(const Message& message, const VoteReply& reply);
  void on(const Message& message, const PreVote& vote);
  void on(const Message& message, const PreVoteReply& reply);
  void on(const Message& message, const Heartbeat& heartbeat);
  void on(const Message& message, const HeartbeatReply& reply);
  void on(const Message& message, const SnapshotChunk& chunk);
  void on(const Message& message, const SnapshotReply& reply);
  void on(const Message& message, const TimeoutNow& timeout_now);
  void on(const Message& message, const ReadIndex& read_index);
  void on(const Message& message, const ReadIndexReply& reply);

  Options options_;
  Prng prng_;

  HardState hard_;
  PeerId term_leader_ = kNobody;  // the one that spoke as leader of hard_.term first, whoever leads now
  Log log_;
  std::shared_ptr<const Snapshot> snapshot_;  // the newest; transfers share it
  ConfigHistory configs_;
  Index commit_ = 0;
  Index applied_ = 0;
  std::variant<Following, Campaigning, Leading> state_;
  bool failed_ = false;

  int64_t now_ticks_ = 0;
  int64_t led_tick_ = 0;  // when a leader was heard last, or this node started
  int64_t election_elapsed_ = 0;
  int64_t heartbeat_elapsed_ = 0;
  int election_timeout_ = 0;
  int fixed_election_timeout_ = 0;  // 0: drawn from prng_

  // Batches: 1..last_batch_ were taken, ..persisted_ are durable, last_batch_ + 1 is being filled.
  uint64_t last_batch_ = 0;
  uint64_t persisted_ = 0;
  uint64_t hard_state_batch_ = 0;  // the one with the newest hard state
  bool hard_state_unsaved_ = false;
  bool snapshot_unsaved_ = false;
  std::deque<Batch> batches_;

  std::deque<Held> outbox_;
  std::optional<Snapshot> restore_;
  std::vector<ReadResult> read_results_;
  std::vector<ForwardedRead> forwarded_reads_;
  std::optional<Snapshot> incoming_;  // of the leader of this term, in transfer
  std::vector<LostEntries> lost_;
  std::vector<PeerId> rivals_;
  Index diverged_ = 0;
  bool healed_ = false;
  Standing reported_;
  uint64_t ignored_ = 0;
};

}  // namespace es::raft
