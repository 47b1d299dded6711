#pragma once
// Membership changes of one server at a time (thesis §4.1): two configurations that follow each
// other always have overlapping majorities, so no joint phase is needed.

#include <deque>
#include <string_view>

#include "core/base/result.h"
#include "core/raft/types.h"

namespace es::raft {

constexpr size_t kMaxMembers = 64;  // voters and learners together

bool is_voter(const Configuration& config, PeerId peer);
bool is_learner(const Configuration& config, PeerId peer);
inline bool is_member(const Configuration& config, PeerId peer) {
  return is_voter(config, peer) || is_learner(config, peer);
}

// False for unsorted or doubled members, a member in both lists, peer 0, or too many.
bool is_valid(const Configuration& config);

enum class ChangeKind : uint8_t {
  kAddLearner,  // a stranger starts to receive the log
  kAddVoter,    // a stranger or a learner starts to count
  kPromote,     // a learner starts to count
  kDemote,      // a voter no longer counts, and still receives
  kRemove,      // a member of either sort leaves
};

struct Change {
  ChangeKind kind = ChangeKind::kAddLearner;
  PeerId peer = kNobody;
};

// The configuration after the change. Errors: kPrecondition for a change that does not fit the
// members (or that would take the last voter), kLimit for too many members.
Result<Configuration> changed(const Configuration& config, const Change& change);

// Errors: kCorrupt, for bytes that are no valid configuration.
Result<Configuration> decode_configuration(std::string_view data);

// The configurations in a log, each from the index of its entry on. The newest counts from the
// moment its entry is appended, committed or not (thesis §4.1), so truncation takes it back.
class ConfigHistory {
 public:
  explicit ConfigHistory(const SnapshotMeta& base) : history_{{base.index, base.config}} {}

  const Configuration& active() const { return history_.back().config; }
  Index active_since() const { return history_.back().index; }
  // The one that the active one replaced. Nothing if that is compacted away.
  const Configuration* previous() const {
    return history_.size() > 1 ? &history_[history_.size() - 2].config : nullptr;
  }
  // The one in force at `index`. Pre: index is not below the base.
  const Configuration& at(Index index) const;
  // Pre: index > active_since().
  void append(Index index, Configuration config);
  void truncate(Index from);
  // Forgets what was replaced at or before `index`.
  void compact(Index index);

 private:
  struct Since {
    Index index;
    Configuration config;
  };
  std::deque<Since> history_;
};

}  // namespace es::raft
