#include "core/raft/config.h"

#include <algorithm>
#include <string>

#include "core/wire/codec.h"

namespace es::raft {
namespace {

using Members = std::vector<PeerId>;

bool contains(const Members& members, PeerId peer) {
  return std::binary_search(members.begin(), members.end(), peer);
}

void insert(Members& members, PeerId peer) {
  members.insert(std::lower_bound(members.begin(), members.end(), peer), peer);
}

void erase(Members& members, PeerId peer) {
  members.erase(std::remove(members.begin(), members.end(), peer), members.end());
}

bool strictly_ascending(const Members& members) {
  return std::adjacent_find(members.begin(), members.end(), std::greater_equal<>()) ==
         members.end();
}

Error does_not_fit(PeerId peer, const char* why) {
  return {Errc::kPrecondition, "raft: peer " + std::to_string(peer) + " " + why};
}

// What is wrong with the change, if anything.
Status check(const Configuration& config, const Change& change) {
  const PeerId peer = change.peer;
  const bool voter = is_voter(config, peer);
  const bool learner = is_learner(config, peer);
  switch (change.kind) {
    case ChangeKind::kAddLearner:
      if (voter || learner) return does_not_fit(peer, "is a member already");
      break;
    case ChangeKind::kAddVoter:
      if (voter) return does_not_fit(peer, "is a voter already");
      break;
    case ChangeKind::kPromote:
      if (!learner) return does_not_fit(peer, "is no learner");
      break;
    case ChangeKind::kDemote:
      if (!voter) return does_not_fit(peer, "is no voter");
      break;
    case ChangeKind::kRemove:
      if (!voter && !learner) return does_not_fit(peer, "is no member");
      break;
  }
  const bool takes_voter = change.kind == ChangeKind::kDemote || change.kind == ChangeKind::kRemove;
  if (voter && takes_voter && config.voters.size() == 1)
    return does_not_fit(peer, "is the last voter");
  return {};
}

}  // namespace

bool is_voter(const Configuration& config, PeerId peer) { return contains(config.voters, peer); }
bool is_learner(const Configuration& config, PeerId peer) {
  return contains(config.learners, peer);
}

bool is_valid(const Configuration& config) {
  if (config.voters.size() + config.learners.size() > kMaxMembers) return false;
  if (!strictly_ascending(config.voters) || !strictly_ascending(config.learners)) return false;
  if (is_member(config, kNobody)) return false;
  return std::none_of(config.learners.begin(), config.learners.end(),
                      [&](PeerId peer) { return is_voter(config, peer); });
}

Result<Configuration> changed(const Configuration& config, const Change& change) {
  if (change.peer == kNobody) return invalid("raft: peer 0 means nobody");
  ES_CHECK(check(config, change));
  Configuration next = config;
  erase(next.voters, change.peer);
  erase(next.learners, change.peer);
  switch (change.kind) {
    case ChangeKind::kAddLearner:
    case ChangeKind::kDemote:
      insert(next.learners, change.peer);
      break;
    case ChangeKind::kAddVoter:
    case ChangeKind::kPromote:
      insert(next.voters, change.peer);
      break;
    case ChangeKind::kRemove:
      break;
  }
  if (next.voters.size() + next.learners.size() > kMaxMembers) {
    return Error{Errc::kLimit, "raft: no more than " + std::to_string(kMaxMembers) + " members"};
  }
  return next;
}

Result<Configuration> decode_configuration(std::string_view data) {
  ES_TRY(Configuration config, wire::decode<Configuration>(data));
  if (!is_valid(config) || config.voters.empty()) {
    return corrupt("raft: an entry holds an impossible configuration");
  }
  return config;
}

const Configuration& ConfigHistory::at(Index index) const {
  for (auto since = history_.rbegin(); since != history_.rend(); ++since) {
    if (since->index <= index) return since->config;
  }
  ES_ASSERT(!"a configuration was asked for below the base of the log");
  return history_.front().config;
}

void ConfigHistory::append(Index index, Configuration config) {
  ES_ASSERT(index > active_since());
  history_.push_back({index, std::move(config)});
}

void ConfigHistory::truncate(Index from) {
  while (history_.size() > 1 && history_.back().index >= from) history_.pop_back();
}

void ConfigHistory::compact(Index index) {
  while (history_.size() > 1 && history_[1].index <= index) history_.pop_front();
}

}  // namespace es::raft
