#pragma once
// The messages between peers: an envelope and one of these bodies. Each body's rules live in the
// file that bears its name.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "core/raft/types.h"

namespace es::raft {

// AppendEntries (Raft §5.3).
struct Append {
  Index prev_index = 0;
  Term prev_term = 0;
  Index commit = 0;  // the leader's commit index
  std::vector<Entry> entries;

  static constexpr auto fields() {
    return std::tuple{field(1, "PrevIndex", &Append::prev_index),
                      field(2, "PrevTerm", &Append::prev_term), field(3, "Commit", &Append::commit),
                      field(4, "Entries", &Append::entries)};
  }
  bool operator==(const Append&) const = default;
};

struct AppendReply {
  bool reject = false;
  Index index = 0;  // accepted: durable and equal to the leader's up to here; rejected: the
                    // prev_index that did not match
  // With a rejection: the follower's best guess of where the logs agree, so that one round trip
  // skips a whole term (Raft §5.3, last paragraphs).
  Index hint_index = 0;
  Term hint_term = 0;
  bool healing =
      false;  // the follower lost entries to rot: what it acknowledged before no longer holds

  static constexpr auto fields() {
    return std::tuple{
        field(1, "Reject", &AppendReply::reject), field(2, "Index", &AppendReply::index),
        field(3, "HintIndex", &AppendReply::hint_index),
        field(4, "HintTerm", &AppendReply::hint_term), field(5, "Healing", &AppendReply::healing)};
  }
  bool operator==(const AppendReply&) const = default;
};

// RequestVote (Raft §5.2).
struct Vote {
  Index last_index = 0;
  Term last_term = 0;
  bool transfer =
      false;  // the leader asked for this election, so nobody clings to it (thesis §4.2.3)

  static constexpr auto fields() {
    return std::tuple{field(1, "LastIndex", &Vote::last_index),
                      field(2, "LastTerm", &Vote::last_term),
                      field(3, "Transfer", &Vote::transfer)};
  }
  bool operator==(const Vote&) const = default;
};

struct VoteReply {
  bool reject = false;

  static constexpr auto fields() { return std::tuple{field(1, "Reject", &VoteReply::reject)}; }
  bool operator==(const VoteReply&) const = default;
};

// "Would you vote for me?" (thesis §9.6). The envelope's term is the one the sender would campaign
// in; nobody's term changes.
struct PreVote {
  Index last_index = 0;
  Term last_term = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "LastIndex", &PreVote::last_index),
                      field(2, "LastTerm", &PreVote::last_term)};
  }
  bool operator==(const PreVote&) const = default;
};

// Granted: the envelope's term is the asked one. Rejected: it is the voter's own.
struct PreVoteReply {
  bool reject = false;

  static constexpr auto fields() { return std::tuple{field(1, "Reject", &PreVoteReply::reject)}; }
  bool operator==(const PreVoteReply&) const = default;
};

struct Heartbeat {
  Index commit = 0;      // never beyond what the receiver is known to hold
  uint64_t context = 0;  // the newest round of reads that waits for a quorum (thesis §6.4)
  // The last entry that the receiver acknowledged to this leader. One that does not hold it lost
  // it: its disk lied or is an older copy. Index 0: none, or not known any more.
  Index acknowledged_index = 0;
  Term acknowledged_term = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "Commit", &Heartbeat::commit),
                      field(2, "Context", &Heartbeat::context),
                      field(3, "AcknowledgedIndex", &Heartbeat::acknowledged_index),
                      field(4, "AcknowledgedTerm", &Heartbeat::acknowledged_term)};
  }
  bool operator==(const Heartbeat&) const = default;
};

struct HeartbeatReply {
  uint64_t context = 0;
  Index last_index = 0;                // of the follower's log
  Index snapshot_index = 0;            // of a snapshot in transfer, and
  uint64_t snapshot_offset_bytes = 0;  // how much of it has arrived
  bool healing = false;                // as in AppendReply
  Index lost_index = 0;  // the entry that the heartbeat calls acknowledged, if it is gone

  static constexpr auto fields() {
    return std::tuple{field(1, "Context", &HeartbeatReply::context),
                      field(2, "LastIndex", &HeartbeatReply::last_index),
                      field(3, "SnapshotIndex", &HeartbeatReply::snapshot_index),
                      field(4, "SnapshotOffset", &HeartbeatReply::snapshot_offset_bytes),
                      field(5, "Healing", &HeartbeatReply::healing),
                      field(6, "LostIndex", &HeartbeatReply::lost_index)};
  }
  bool operator==(const HeartbeatReply&) const = default;
};

// InstallSnapshot (Raft §7, figure 13), one chunk. The last one is answered by an AppendReply once
// the snapshot is durable.
struct SnapshotChunk {
  SnapshotMeta meta;
  uint64_t offset_bytes = 0;
  std::string data;
  bool done = false;

  static constexpr auto fields() {
    return std::tuple{
        field(1, "Meta", &SnapshotChunk::meta), field(2, "Offset", &SnapshotChunk::offset_bytes),
        field(3, "Data", &SnapshotChunk::data), field(4, "Done", &SnapshotChunk::done)};
  }
  bool operator==(const SnapshotChunk&) const = default;
};

struct SnapshotReply {
  Index index = 0;                 // of the snapshot in transfer
  uint64_t next_offset_bytes = 0;  // the chunk that the receiver wants next

  static constexpr auto fields() {
    return std::tuple{field(1, "Index", &SnapshotReply::index),
                      field(2, "NextOffset", &SnapshotReply::next_offset_bytes)};
  }
  bool operator==(const SnapshotReply&) const = default;
};

// "Campaign now" (thesis §3.10).
struct TimeoutNow {
  static constexpr auto fields() { return std::tuple{}; }
  bool operator==(const TimeoutNow&) const = default;
};

// A follower asks for an index that a linearizable read may be served from (thesis §6.4).
struct ReadIndex {
  uint64_t context = 0;  // the follower's name for the read

  static constexpr auto fields() { return std::tuple{field(1, "Context", &ReadIndex::context)}; }
  bool operator==(const ReadIndex&) const = default;
};

struct ReadIndexReply {
  uint64_t context = 0;
  Index index = 0;
  bool reject = false;  // the leader cannot take more reads

  static constexpr auto fields() {
    return std::tuple{field(1, "Context", &ReadIndexReply::context),
                      field(2, "Index", &ReadIndexReply::index),
                      field(3, "Reject", &ReadIndexReply::reject)};
  }
  bool operator==(const ReadIndexReply&) const = default;
};

// The order is the wire's numbering: new kinds go to the end.
using Body = std::variant<Append, AppendReply, Vote, VoteReply, PreVote, PreVoteReply, Heartbeat,
                          HeartbeatReply, SnapshotChunk, SnapshotReply, TimeoutNow, ReadIndex,
                          ReadIndexReply>;

// What only the leader of the message's term sends.
inline bool is_from_leader(const Body& body) {
  return std::holds_alternative<Append>(body) || std::holds_alternative<Heartbeat>(body) || std::holds_alternative<SnapshotChunk>(body);
}

struct Message {
  PeerId from = kNobody;
  PeerId to = kNobody;
  Term term = 0;
  Body body;

  static constexpr auto fields() {
    return std::tuple{field(1, "From", &Message::from), field(2, "To", &Message::to),
                      field(3, "Term", &Message::term), field(4, "Body", &Message::body)};
  }
  bool operator==(const Message&) const = default;
};

}  // namespace es::raft
