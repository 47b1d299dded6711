#pragma once
// What consensus is about: entries of a log, the configuration that counts, and what must survive a
// power cut. All of it has a field list, so the wire and the disk derive their bytes from here.

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/fields.h"

namespace es::raft {

using PeerId =
    uint64_t;  // a member of the consensus group; chosen at random once and never used again
using Index = uint64_t;  // position in the log, from 1; 0 stands before the log
using Term = uint64_t;   // a period with at most one leader, from 1 (Raft §5.1)

constexpr PeerId kNobody = 0;

// No log grows this long and no term rises this high: 2^56 entries are two thousand years of a
// million a second, 2^48 elections are two million years of four a second. What says more is
// damaged or a lie, on the wire and on the disk.
constexpr Index kMaxIndex = Index{1} << 56;
constexpr Term kMaxTerm = Term{1} << 48;
// How far a message may raise a node's term: 2^20 elections, three days of four a second without a
// leader, is more than anyone misses. A term that nobody could have reached would end elections if it
// were believed, as no vote could ever be asked for above it. Agents believe more (core/node/leader_link.h):
// else a jump that raft believes makes agents refuse the leader.
constexpr Term kMaxTermJump = Term{1} << 20;

enum class EntryType : uint8_t {
  kData,    // a client's write
  kNoop,    // what a new leader appends first (Raft §5.4.2, §8)
  kConfig,  // a whole Configuration, encoded; not a difference, so a joiner needs no history
};

struct Entry {
  Index index = 0;
  Term term = 0;
  EntryType type = EntryType::kData;
  std::string data;

  static constexpr auto fields() {
    return std::tuple{field(1, "Index", &Entry::index), field(2, "Term", &Entry::term),
                      field(3, "Type", &Entry::type), field(4, "Data", &Entry::data)};
  }
  bool operator==(const Entry&) const = default;
};

// What an entry costs in memory and on the wire, near enough for bounds.
constexpr size_t kEntryOverheadBytes = 32;
inline size_t size_bytes(const Entry& entry) { return entry.data.size() + kEntryOverheadBytes; }

// Who counts. Both lists are sorted and share no member.
struct Configuration {
  std::vector<PeerId> voters;
  std::vector<PeerId> learners;  // receive the log, never vote (thesis §4.2.1)

  static constexpr auto fields() {
    return std::tuple{field(1, "Voters", &Configuration::voters),
                      field(2, "Learners", &Configuration::learners)};
  }
  bool operator==(const Configuration&) const = default;
};

// What a node may never forget (Raft figure 2, "persistent state"). The commit index is not here:
// it is learned again from the leader, and writing it would cost an SD card a write for every
// write.
struct HardState {
  Term term = 0;
  PeerId vote = kNobody;  // whom this node voted for in `term`
  // Rot took entries that this node may have acknowledged. Until its log is whole again (see
  // Raft::heal_if_whole) it must not lead, nor vote by what is left (Raft::votes_for): a quorum that
  // counted its acknowledgement may have no other copy.
  Index lost_index = 0;  // of the last entry that the log once held; 0: nothing is lost
  Term lost_term = 0;    // of that entry, or later
  // The vote is not among what was lost, and no log of this node ever went beyond the two above: rot that was found, or an owner that dropped
  // the log itself.
  bool vote_kept = false;

  static constexpr auto fields() {
    return std::tuple{field(1, "Term", &HardState::term), field(2, "Vote", &HardState::vote),
                      field(3, "LostIndex", &HardState::lost_index),
                      field(4, "LostTerm", &HardState::lost_term),
                      field(5, "VoteKept", &HardState::vote_kept)};
  }
  bool operator==(const HardState&) const = default;
};

// The last entry that a snapshot covers, and the configuration as of that entry (Raft §7).
struct SnapshotMeta {
  Index index = 0;
  Term term = 0;
  Configuration config;

  static constexpr auto fields() {
    return std::tuple{field(1, "Index", &SnapshotMeta::index),
                      field(2, "Term", &SnapshotMeta::term),
                      field(3, "Config", &SnapshotMeta::config)};
  }
  bool operator==(const SnapshotMeta&) const = default;
};

struct Snapshot {
  SnapshotMeta meta;
  std::string data;  // the state machine's own bytes

  static constexpr auto fields() {
    return std::tuple{field(1, "Meta", &Snapshot::meta), field(2, "Data", &Snapshot::data)};
  }
  bool operator==(const Snapshot&) const = default;
};

}  // namespace es::raft
