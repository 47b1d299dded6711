// A member that lost what it acknowledged: what the leader makes of it, and who is told.

#include "core/raft/raft.h"
#include "doctest/doctest.h"

using namespace es::raft;

namespace {

Output settle(Raft& raft) {
  Output all;
  while (raft.has_output()) {
    Output one = raft.take_output();
    all.messages.insert(all.messages.end(), one.messages.begin(), one.messages.end());
    all.lost.insert(all.lost.end(), one.lost.begin(), one.lost.end());
    all.healed = all.healed || one.healed;
    if (one.persist) raft.persisted(one.persist->id);
  }
  return all;
}

Raft started(PeerId id) {
  Options options;
  options.id = id;
  options.seed = id;
  Restored restored;
  restored.snapshot.meta.config.voters = {1, 2, 3};
  return std::move(Raft::start(options, restored)).value();
}

// Leads term 1; 2 and 3 acknowledged entries 1 to 3.
Raft leader_of_three() {
  Raft raft = started(1);
  raft.campaign();
  settle(raft);
  raft.step({2, 1, 1, PreVoteReply{}});
  settle(raft);
  raft.step({2, 1, 1, VoteReply{}});
  REQUIRE(raft.role() == Role::kLeader);
  REQUIRE(raft.propose("a").ok());
  REQUIRE(raft.propose("b").ok());
  settle(raft);
  for (const PeerId peer : {2, 3}) raft.step({peer, 1, 1, AppendReply{.index = 3}});
  settle(raft);
  REQUIRE(raft.commit_index() == 3);
  return raft;
}

}  // namespace

TEST_CASE("a leader counts nothing of a member that lost something, and says so once") {
  Raft raft = leader_of_three();
  // An older copy: its log is longer than what it acknowledged, and differs there.
  const HeartbeatReply lost{.last_index = 9, .healing = true, .lost_index = 3};
  raft.step({3, 1, 1, lost});
  Output output = settle(raft);
  CHECK(output.lost == std::vector<LostEntries>{{3, 3, 9}});
  CHECK(raft.progress(3)->match == 0);
  CHECK_FALSE(raft.progress(3)->caught_up);
  raft.step({3, 1, 1, lost});
  CHECK(settle(raft).lost.empty());
  // The probe goes back to where the logs agree, and on from there.
  raft.step({3, 1, 1, AppendReply{true, 3, 1, 1, true}});
  output = settle(raft);
  REQUIRE(output.messages.size() == 1);
  const auto& append = std::get<Append>(output.messages[0].body);
  CHECK(append.prev_index == 1);
  CHECK(append.entries.size() == 2);
  raft.step({3, 1, 1, AppendReply{.index = 3}});
  settle(raft);
  CHECK(raft.progress(3)->match == 3);
  CHECK(raft.progress(3)->state == ProgressState::kReplicate);
}

TEST_CASE("a rejection at or below what was acknowledged asks the member, once a tick") {
  Raft raft = leader_of_three();
  for (int i = 0; i < 5; ++i) raft.step({3, 1, 1, AppendReply{.reject = true, .index = 3}});
  const Output output = settle(raft);
  REQUIRE(output.messages.size() == 1);
  const auto& heartbeat = std::get<Heartbeat>(output.messages[0].body);
  CHECK(heartbeat.acknowledged_index == 3);
  CHECK(heartbeat.acknowledged_term == 1);
  CHECK(raft.progress(3)->match == 3);
}

TEST_CASE("a member that finds out says so, also after its next restart, until it is whole") {
  Raft raft = started(3);
  const Heartbeat heartbeat{.commit = 2, .acknowledged_index = 2, .acknowledged_term = 1};
  raft.step({1, 3, 1, heartbeat});
  CHECK(raft.is_healing());
  CHECK(settle(raft).lost == std::vector<LostEntries>{{3, 2, 0}});
  raft.step({1, 3, 1, heartbeat});
  CHECK(settle(raft).lost.empty());
  raft.campaign();
  CHECK(raft.role() == Role::kFollower);

  Options options;
  options.id = 3;
  Restored restored;
  restored.snapshot.meta.config.voters = {1, 2, 3};
  restored.hard_state = raft.hard_state();
  Raft again = std::move(Raft::start(options, restored)).value();
  CHECK(settle(again).lost == std::vector<LostEntries>{{3, 2, 0}});
  again.step(
      {1, 3, 1, Append{0, 0, 2, {{1, 1, EntryType::kNoop, ""}, {2, 1, EntryType::kData, "a"}}}});
  const Output output = settle(again);
  CHECK(output.healed);
  CHECK_FALSE(again.is_healing());
  CHECK(again.commit_index() == 2);
}
