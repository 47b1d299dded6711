#pragma once
// What a Raft wants done. The owner carries it out; nothing in here waits for an answer except
// Persist.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/raft/log.h"
#include "core/raft/message.h"

namespace es::raft {

enum class Role : uint8_t { kFollower, kPreCandidate, kCandidate, kLeader };

// One atomic write, in the order of the fields; batches become durable in the order of their ids.
// Answer with Raft::persisted(id) or Raft::persist_failed(id).
struct Persist {
  uint64_t id = 0;  // from 1, without gaps
  std::optional<HardState> hard_state;
  Index truncate_from = 0;     // drop this entry and all after it; 0: drop nothing
  std::vector<Entry> entries;  // append these, then
  std::optional<Snapshot>
      snapshot;  // keep this instead of the older one, and drop entries up to its index
};

// The end of one Raft::read().
struct ReadResult {
  uint64_t context = 0;
  bool confirmed = false;  // false: this node cannot serve it (no leader any more); ask again
  Index index = 0;         // confirmed: serve from a state that has applied this much

  bool operator==(const ReadResult&) const = default;
};

struct Standing {
  Role role = Role::kFollower;
  Term term = 0;
  PeerId leader = kNobody;

  bool operator==(const Standing&) const = default;
};

// A member lost entries that it had acknowledged: its disk rotted, lied about a sync, or is an
// older copy. It does not lead, and hardly votes, until it holds them again.
struct LostEntries {
  PeerId peer = kNobody;   // this node itself, or one that this leader found out about
  Index acknowledged = 0;  // the last entry it must have had
  Index last = 0;          // where its log ends now

  bool operator==(const LostEntries&) const = default;
};

struct Output {
  std::vector<Message> messages;  // send now; each may be lost, doubled or late
  std::optional<Persist> persist;
  std::optional<Snapshot>
      restore;  // put this in place of the state machine's state, before `committed`
  std::vector<Entry>
      committed;  // apply these, each exactly once; only kData means something to the state machine
  std::vector<ReadResult> reads;
  std::optional<Standing> standing;  // there if it changed
  std::vector<LostEntries> lost;     // somebody should know
  // Each spoke as leader of a term that this node or another one leads, and has ended.
  std::vector<PeerId> rivals;
  // The leader's log has another entry where this one holds a committed one: what was committed here is not what was committed there. The
  // owner drops the log and the state, and begins again as a healing member. 0: all is well.
  Index diverged = 0;
  bool healed = false;               // this node's log is whole again
};

}  // namespace es::raft
