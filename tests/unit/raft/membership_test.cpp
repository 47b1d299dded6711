#include "core/raft/config.h"
#include "core/raft/quorum.h"
#include "core/wire/codec.h"
#include "doctest/doctest.h"

using namespace es::raft;

TEST_CASE("majorities") {
  struct Case {
    std::vector<uint64_t> values;
    uint64_t reached;
  };
  const Case cases[] = {
      {{}, 0},        {{7}, 7},          {{7, 5}, 5},
      {{9, 5, 7}, 7}, {{1, 2, 3, 4}, 2}, {{5, 1, 4, 2, 3}, 3},
      {{0, 0, 9}, 0},
  };
  for (const Case& one : cases) CHECK(reached_by_majority(one.values) == one.reached);
}

TEST_CASE("votes are counted as soon as they decide, and strangers do not count") {
  CHECK(tally({1, 2, 3}, {{1, true}}) == VoteResult::kPending);
  CHECK(tally({1, 2, 3}, {{1, true}, {3, true}}) == VoteResult::kWon);
  CHECK(tally({1, 2, 3}, {{1, true}, {2, false}}) == VoteResult::kPending);
  CHECK(tally({1, 2, 3}, {{2, false}, {3, false}}) == VoteResult::kLost);
  CHECK(tally({1, 2, 3}, {{1, true}, {8, true}, {9, true}}) == VoteResult::kPending);
  CHECK(tally({1, 2, 3, 4}, {{1, true}, {2, true}}) == VoteResult::kPending);
  CHECK(tally({1, 2, 3, 4}, {{1, false}, {2, false}}) == VoteResult::kLost);
  CHECK(tally({}, {}) != VoteResult::kWon);
}

TEST_CASE("one change at a time, and only one that fits") {
  struct Case {
    const char* name;
    Change change;
    bool fits;
    Configuration after;
  };
  const Configuration config{{1, 2}, {5}};
  const Case cases[] = {
      {"add a learner", {ChangeKind::kAddLearner, 3}, true, {{1, 2}, {3, 5}}},
      {"add a voter", {ChangeKind::kAddVoter, 3}, true, {{1, 2, 3}, {5}}},
      {"add a learner as a voter", {ChangeKind::kAddVoter, 5}, true, {{1, 2, 5}, {}}},
      {"promote", {ChangeKind::kPromote, 5}, true, {{1, 2, 5}, {}}},
      {"demote", {ChangeKind::kDemote, 1}, true, {{2}, {1, 5}}},
      {"remove a voter", {ChangeKind::kRemove, 2}, true, {{1}, {5}}},
      {"remove a learner", {ChangeKind::kRemove, 5}, true, {{1, 2}, {}}},
      {"add nobody", {ChangeKind::kAddVoter, 0}, false, {}},
      {"add twice", {ChangeKind::kAddLearner, 5}, false, {}},
      {"promote a voter", {ChangeKind::kPromote, 1}, false, {}},
      {"demote a learner", {ChangeKind::kDemote, 5}, false, {}},
      {"remove a stranger", {ChangeKind::kRemove, 9}, false, {}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const auto after = changed(config, one.change);
    REQUIRE(after.ok() == one.fits);
    if (one.fits) CHECK(after.value() == one.after);
  }
  CHECK_FALSE(changed({{1}, {2}}, {ChangeKind::kRemove, 1}).ok());
  CHECK_FALSE(changed({{1}, {2}}, {ChangeKind::kDemote, 1}).ok());
}

TEST_CASE("members are bounded") {
  Configuration config;
  for (PeerId peer = 1; peer <= kMaxMembers; ++peer) config.voters.push_back(peer);
  CHECK(is_valid(config));
  const auto more = changed(config, {ChangeKind::kAddLearner, kMaxMembers + 1});
  REQUIRE_FALSE(more.ok());
  CHECK(more.error().code == es::Errc::kLimit);
}

TEST_CASE("hostile configurations are no configurations") {
  const Configuration bad[] = {
      {{}, {}}, {{}, {1}}, {{2, 1}, {}}, {{1, 1}, {}}, {{1}, {1}}, {{0, 1}, {}}, {{1}, {0}},
  };
  for (const Configuration& config : bad)
    CHECK_FALSE(decode_configuration(es::wire::encode(config)).ok());
  CHECK_FALSE(decode_configuration("\xff\xff").ok());
  CHECK(decode_configuration(es::wire::encode(Configuration{{1, 2}, {3}})).ok());
}

TEST_CASE("the history follows appends, truncation and compaction") {
  ConfigHistory history(SnapshotMeta{3, 1, {{1}, {}}});
  history.append(5, {{1, 2}, {}});
  history.append(8, {{1, 2, 3}, {}});
  CHECK(history.active_since() == 8);
  CHECK(history.at(7).voters.size() == 2);
  CHECK(history.at(3).voters.size() == 1);
  history.truncate(8);
  CHECK(history.active().voters.size() == 2);
  REQUIRE(history.previous() != nullptr);
  CHECK(history.previous()->voters.size() == 1);
  history.compact(6);
  CHECK(history.previous() == nullptr);
  CHECK(history.at(6).voters.size() == 2);
}
