// Numbers that nobody can have reached change nothing: not a term, not a log, not an election.

#include "core/raft/sound.h"

#include <deque>
#include <limits>

#include "core/raft/raft.h"
#include "core/wire/codec.h"
#include "doctest/doctest.h"

using namespace es::raft;
using es::Errc;

namespace {

constexpr uint64_t kAllOnes = std::numeric_limits<uint64_t>::max();

Options options_of(PeerId id) {
  Options options;
  options.id = id;
  options.seed = id;
  return options;
}

Restored voters_1_2_3() {
  Restored restored;
  restored.snapshot.meta.config.voters = {1, 2, 3};
  return restored;
}

// Three nodes whose messages arrive at once.
struct Three {
  std::vector<Raft> nodes;
  std::deque<Message> wire;

  Three() {
    for (const PeerId id : {1, 2, 3}) {
      nodes.push_back(std::move(Raft::start(options_of(id), voters_1_2_3())).value());
    }
    at(1).campaign();
    deliver();
    REQUIRE(at(1).role() == Role::kLeader);
  }
  Raft& at(PeerId id) { return nodes[id - 1]; }
  void deliver() {
    for (Raft& raft : nodes) settle(raft);
    while (!wire.empty()) {
      const Message message = wire.front();
      wire.pop_front();
      at(message.to).step(message);
      settle(at(message.to));
    }
  }
  void settle(Raft& raft) {
    while (raft.has_output()) {
      Output output = raft.take_output();
      if (output.persist) raft.persisted(output.persist->id);
      wire.insert(wire.end(), output.messages.begin(), output.messages.end());
    }
  }
  void tick(int count) {
    for (int i = 0; i < count; ++i) {
      for (Raft& raft : nodes) raft.tick();
      deliver();
    }
  }
};

std::vector<Body> every_body() {
  const SnapshotMeta meta{7, 1, {{1, 2, 3}, {}}};
  return {Append{},        AppendReply{},    Vote{},
          VoteReply{},     PreVote{},        PreVoteReply{},
          Heartbeat{},     HeartbeatReply{}, SnapshotChunk{meta, 0, "x", true},
          SnapshotReply{}, TimeoutNow{},     ReadIndex{},
          ReadIndexReply{}};
}

}  // namespace

TEST_CASE("a term that nobody can have reached is not believed, whatever message bears it") {
  for (const Term term : {kAllOnes, kAllOnes - 1, kMaxTerm + 1, kMaxTerm, kMaxTermJump + 2}) {
    for (const Body& body : every_body()) {
      CAPTURE(term);
      CAPTURE(body.index());
      Three three;
      for (const PeerId to : {1, 2, 3}) {
        three.at(to).step({to == 1 ? PeerId{2} : PeerId{1}, to, term, body});
        CHECK(three.at(to).term() == 1);
        CHECK(three.at(to).ignored_messages() == 1);
      }
      three.deliver();
      CHECK(three.at(1).role() == Role::kLeader);
    }
  }
}

TEST_CASE("elections go on after the largest term that is believed") {
  Three three;
  three.at(2).step({3, 2, 1 + kMaxTermJump, AppendReply{}});
  CHECK(three.at(2).term() == 1 + kMaxTermJump);
  three.tick(200);
  int leaders = 0;
  for (const Raft& raft : three.nodes) leaders += raft.role() == Role::kLeader ? 1 : 0;
  CHECK(leaders == 1);
  CHECK(three.at(1).term() > kMaxTermJump);
}

TEST_CASE("a node that joins takes its leader's term, however far the cluster is") {
  auto joiner = Raft::start(options_of(4), {});
  REQUIRE(joiner.ok());
  const Term far = 5 * kMaxTermJump;
  joiner->step({1, 4, far, AppendReply{}});
  CHECK(joiner->term() == 0);
  joiner->step({1, 4, far, Heartbeat{}});
  CHECK(joiner->term() == far);
}

TEST_CASE(
    "a node that knows a term is no joiner, though rot took the entry that made it a member") {
  Restored restored;
  restored.hard_state.term = 3;
  restored.lost_index = 7;
  auto raft = Raft::start(options_of(4), restored);
  REQUIRE(raft.ok());
  raft->step({1, 4, 3 + 2 * kMaxTermJump, Heartbeat{}});
  CHECK(raft->term() == 3);
  CHECK(raft->ignored_messages() == 1);
  raft->step({1, 4, 5, Heartbeat{}});
  CHECK(raft->term() == 5);
}

TEST_CASE("impossible numbers inside of a message drop it") {
  const auto entry = [](Index index, Term term) {
    return Entry{index, term, EntryType::kData, "x"};
  };
  const SnapshotMeta endless{kMaxIndex + 1, 2, {{1, 2, 3}, {}}};
  const SnapshotMeta termless{5, 0, {{1, 2, 3}, {}}};
  const Body bodies[] = {
      Append{0, 0, 0, {entry(1, 3)}},  // of a later term than the message
      Append{0, 0, 0, {entry(1, kAllOnes)}},
      Append{0, 0, 0, {entry(1, 0)}},
      Append{0, kAllOnes, 0, {}},
      Append{kAllOnes, 2, 0, {entry(0, 2)}},  // the index overflows
      Append{kMaxIndex, 2, 0, {entry(kMaxIndex + 1, 2)}},
      AppendReply{.index = kAllOnes},
      AppendReply{.reject = true, .index = 1, .hint_index = kAllOnes, .hint_term = kAllOnes},
      Vote{kAllOnes, 2, false},
      Vote{5, kAllOnes, false},
      Vote{5, 3, true},
      PreVote{5, kAllOnes},
      Heartbeat{.acknowledged_index = kAllOnes, .acknowledged_term = 2},
      Heartbeat{.acknowledged_index = 5, .acknowledged_term = kAllOnes},
      HeartbeatReply{.last_index = kAllOnes},
      SnapshotChunk{endless, 0, "x", true},
      SnapshotChunk{termless, 0, "x", true},
      SnapshotReply{.index = kAllOnes},
      ReadIndexReply{.index = kAllOnes},
  };
  for (const Body& body : bodies) {
    CAPTURE(body.index());
    const Message message{2, 1, 2, body};
    CHECK_FALSE(is_sound(message));
    auto raft = Raft::start(options_of(1), voters_1_2_3());
    REQUIRE(raft.ok());
    raft->step(message);
    CHECK(raft->ignored_messages() == 1);
    CHECK(raft->term() == 0);
    CHECK(raft->log().last_index() == 0);
  }
  CHECK(is_sound({2, 1, 2, Heartbeat{.commit = kAllOnes}}));  // what is not there does not commit
}

TEST_CASE("a disk that holds impossible numbers is corrupt") {
  const auto refused = [](auto change) {
    Restored restored = voters_1_2_3();
    restored.hard_state.term = 3;
    change(restored);
    const auto raft = Raft::start(options_of(1), restored);
    return !raft.ok() && raft.error().code == Errc::kCorrupt;
  };
  CHECK_FALSE(refused([](Restored&) {}));
  CHECK(refused([](Restored& r) { r.hard_state.term = kAllOnes; }));
  CHECK(refused([](Restored& r) { r.hard_state.term = kMaxTerm + 1; }));
  CHECK(refused([](Restored& r) { r.hard_state.lost_term = kAllOnes; }));
  CHECK(refused([](Restored& r) { r.hard_state.lost_index = kAllOnes; }));
  CHECK(refused([](Restored& r) { r.lost_index = kAllOnes; }));
  CHECK(refused([](Restored& r) { r.lost_term = kAllOnes; }));
  CHECK(refused([](Restored& r) {
    r.snapshot.meta.index = kAllOnes;
    r.snapshot.meta.term = 1;
  }));
}

TEST_CASE("a commit that was noted beside the log counts only for the entry that it was noted of") {
  // A node knew that entry 2 of term 3 was committed before its disk had it. The power went, and
  // the disk still holds entry 2 of term 1, which never was.
  Restored restored = voters_1_2_3();
  restored.hard_state.term = 3;
  restored.entries = {{1, 1, EntryType::kNoop, ""}, {2, 1, EntryType::kData, "old"}};
  const auto commit_of = [&](Index index, Term term) {
    restored.commit = index;
    restored.commit_term = term;
    return Raft::start(options_of(1), restored).value().commit_index();
  };
  CHECK(commit_of(2, 3) == 0);
  CHECK(commit_of(2, 0) == 0);
  CHECK(commit_of(3, 3) == 0);
  CHECK(commit_of(2, 1) == 2);
}
