// Rules that scenarios cannot show: bounds, hostile input, what is handed out when.

#include "core/raft/raft.h"

#include "core/wire/codec.h"
#include "doctest/doctest.h"

using namespace es::raft;
using es::Errc;

namespace {

Options options_of(PeerId id) {
  Options options;
  options.id = id;
  options.seed = id;
  return options;
}

Restored first_state(std::vector<PeerId> voters) {
  Restored restored;
  restored.snapshot.meta.config.voters = std::move(voters);
  return restored;
}

Raft started(const Options& options, Restored restored) {
  auto raft = Raft::start(options, std::move(restored));
  REQUIRE(raft.ok());
  return std::move(raft).value();
}

// Everything it wants done, with a disk that answers at once.
Output settle(Raft& raft) {
  Output all;
  while (raft.has_output()) {
    Output one = raft.take_output();
    all.messages.insert(all.messages.end(), one.messages.begin(), one.messages.end());
    all.committed.insert(all.committed.end(), one.committed.begin(), one.committed.end());
    all.reads.insert(all.reads.end(), one.reads.begin(), one.reads.end());
    if (one.standing) all.standing = one.standing;
    if (one.persist) raft.persisted(one.persist->id);
  }
  return all;
}

Raft lonely_leader(Options options) {
  Raft raft = started(options, first_state({options.id}));
  raft.campaign();
  settle(raft);
  REQUIRE(raft.role() == Role::kLeader);
  return raft;
}

std::vector<Entry> entries_from(Index first, const std::vector<Term>& terms) {
  std::vector<Entry> entries;
  for (const Term term : terms)
    entries.push_back({first + entries.size(), term, EntryType::kData, "x"});
  return entries;
}

}  // namespace

TEST_CASE("options out of range do not start") {
  const auto refused = [](auto change) {
    Options options = options_of(1);
    change(options);
    const auto raft = Raft::start(options, first_state({1}));
    return !raft.ok() && raft.error().code == Errc::kInvalid;
  };
  CHECK(refused([](Options& o) { o.id = 0; }));
  CHECK(refused([](Options& o) { o.heartbeat_ticks = 0; }));
  CHECK(refused([](Options& o) { o.election_ticks = o.heartbeat_ticks; }));
  CHECK(refused([](Options& o) { o.max_inflight = 0; }));
  CHECK(refused([](Options& o) { o.max_append_bytes = 0; }));
  CHECK_FALSE(refused([](Options&) {}));
}

TEST_CASE("a log that no raft wrote does not start") {
  const auto refused = [](auto change) {
    Restored restored = first_state({1});
    restored.hard_state.term = 3;
    restored.entries = entries_from(1, {1, 2, 3});
    change(restored);
    const auto raft = Raft::start(options_of(1), restored);
    return !raft.ok() && raft.error().code == Errc::kCorrupt;
  };
  CHECK_FALSE(refused([](Restored&) {}));
  CHECK(refused([](Restored& r) { r.entries[1].index = 3; }));
  CHECK(refused([](Restored& r) { r.entries.erase(r.entries.begin()); }));
  CHECK(refused([](Restored& r) { r.entries[2].term = 1; }));
  CHECK(refused([](Restored& r) { r.hard_state.term = 2; }));
  CHECK(refused([](Restored& r) { r.snapshot.meta.config.voters = {2, 1}; }));
  CHECK(refused([](Restored& r) { r.entries[1].type = EntryType::kConfig; }));
}

// Only a member that voted twice can make two leaders of one term: a copied disk, or one that forgot its vote.
TEST_CASE("two leaders in one term: each ends it when it hears of the other, and says so") {
  const auto elected = [](PeerId id, PeerId voter) {
    Raft raft = started(options_of(id), first_state({1, 2, 3}));
    raft.campaign();
    settle(raft);
    raft.step({voter, id, raft.term() + 1, PreVoteReply{}});
    settle(raft);
    raft.step({voter, id, raft.term(), VoteReply{}});
    settle(raft);
    REQUIRE(raft.role() == Role::kLeader);
    return raft;
  };
  Raft one = elected(1, 2);
  Raft other = elected(3, 2);
  REQUIRE(one.term() == other.term());
  const Term shared = one.term();
  for (Raft* raft : {&one, &other}) {
    raft->step({raft == &one ? PeerId{3} : PeerId{1}, raft == &one ? PeerId{1} : PeerId{3}, shared, Heartbeat{}});
    const Output output = raft->take_output();
    REQUIRE(output.rivals.size() == 1);
    CHECK(output.rivals.front() == (raft == &one ? 3 : 1));
    CHECK(raft->role() == Role::kFollower);
    CHECK(raft->term() == shared + 1);  // nobody leads in the shared one any more
  }
}

TEST_CASE("a follower that hears two leaders in one term ends it, also after it lost the first one's connection") {
  Raft raft = started(options_of(1), first_state({1, 2, 3}));
  raft.step({2, 1, 4, Heartbeat{}});
  settle(raft);
  REQUIRE(raft.leader() == 2);
  raft.peer_lost(2);
  raft.step({3, 1, 4, Append{0, 0, 0, {}}});
  const Output output = settle(raft);
  CHECK(raft.term() == 5);
  CHECK(raft.leader() == kNobody);
  for (const Message& message : output.messages) CHECK(message.term == 5);
}

TEST_CASE("a leader whose log differs where entries are committed here is answered by nothing but the finding") {
  Restored restored = first_state({1, 2, 3});
  restored.hard_state.term = 5;
  restored.entries = entries_from(1, {5, 5, 5});
  const auto committed = [&] {
    Raft raft = started(options_of(1), restored);
    raft.step({2, 1, 5, Append{3, 5, 3, {}}});
    settle(raft);
    REQUIRE(raft.commit_index() == 3);
    return raft;
  };
  const SnapshotMeta other{2, 6, {{1, 2, 3}, {}}};
  struct Case {
    const char* name;
    Body body;
    Index diverged;
  };
  for (const Case& c : {Case{"entries before the commit index", Append{1, 5, 1, entries_from(2, {6, 6, 6})}, 2},
                        Case{"the entry before them", Append{2, 6, 2, entries_from(3, {6})}, 2},
                        Case{"what it believes to be acknowledged", Heartbeat{3, 1, 3, 6}, 3},
                        Case{"its snapshot", SnapshotChunk{other, 0, "x", true}, 2},
                        Case{"an old append of the same log", Append{1, 5, 1, entries_from(2, {5})}, 0},
                        Case{"a longer log that agrees", Append{3, 5, 3, entries_from(4, {6})}, 0}}) {
    CAPTURE(c.name);
    Raft raft = committed();
    raft.step({3, 1, 6, c.body});
    Index diverged = 0;
    bool acknowledged = false;
    while (raft.has_output()) {
      const Output output = raft.take_output();
      diverged = std::max(diverged, output.diverged);
      for (const Message& message : output.messages) {
        const auto* reply = std::get_if<AppendReply>(&message.body);
        acknowledged = acknowledged || (reply != nullptr && !reply->reject);
      }
      if (output.persist) raft.persisted(output.persist->id);
    }
    CHECK(diverged == c.diverged);
    if (c.diverged != 0) CHECK_FALSE(acknowledged);
  }
}

TEST_CASE("a healing member whose vote is kept votes for those who hold all that it lost") {
  for (const bool kept : {false, true}) {
    Restored restored = first_state({1, 2, 3});
    restored.hard_state = {.term = 5, .vote = 2, .lost_index = 7, .lost_term = 5, .vote_kept = kept};
    struct Case {
      Index last_index;
      Term last_term;
      bool enough;
    };
    for (const Case& c : {Case{6, 5, false}, Case{9, 4, false}, Case{7, 5, true}, Case{3, 6, true}}) {
      CAPTURE(c.last_index);
      Raft raft = started(options_of(1), restored);
      for (int i = 0; i < 300; ++i) raft.tick();  // others had the time to elect a leader without it
      raft.step({3, 1, 6, Vote{c.last_index, c.last_term, false}});
      bool granted = false;
      for (const Message& message : settle(raft).messages) {
        const auto* reply = std::get_if<VoteReply>(&message.body);
        granted = granted || (reply != nullptr && !reply->reject);
      }
      CHECK(granted == (kept && c.enough));
      CHECK_FALSE(raft.may_campaign());
    }
  }
}

TEST_CASE("every message survives the wire") {
  const SnapshotMeta meta{7, 3, {{1, 2}, {3}}};
  const Body bodies[] = {
      Append{1, 2, 3, entries_from(2, {2, 3})},
      AppendReply{true, 4, 3, 2, true},
      Vote{5, 4, true},
      VoteReply{true},
      PreVote{5, 4},
      PreVoteReply{false},
      Heartbeat{3, 9, 4, 2},
      HeartbeatReply{9, 4, 7, 100, true, 4},
      SnapshotChunk{meta, 64, "bytes", true},
      SnapshotReply{7, 69},
      TimeoutNow{},
      ReadIndex{11},
      ReadIndexReply{11, 5, true},
  };
  static_assert(std::size(bodies) == std::variant_size_v<Body>);
  for (const Body& body : bodies) {
    CAPTURE(body.index());
    const Message message{1, 2, 3, body};
    const auto decoded = es::wire::decode<Message>(es::wire::encode(message));
    REQUIRE(decoded.ok());
    CHECK(decoded.value() == message);
  }
}

TEST_CASE("messages that make no sense change nothing") {
  Restored restored = first_state({1, 2, 3});
  restored.hard_state.term = 2;
  restored.entries = entries_from(1, {1, 2});
  const auto ignored = [&](const Message& message) {
    Raft raft = started(options_of(1), restored);
    raft.step(message);
    return raft.ignored_messages() == 1 && raft.log().last_index() == 2 && raft.commit_index() == 0;
  };
  Append gap{2, 2, 0, entries_from(4, {2})};
  Append falling{2, 2, 0, entries_from(3, {2, 1})};
  Append unknown_type{2, 2, 0, entries_from(3, {2})};
  unknown_type.entries[0].type = static_cast<EntryType>(9);
  Append bad_config{2, 2, 0, entries_from(3, {2})};
  bad_config.entries[0].type = EntryType::kConfig;
  SnapshotChunk without_voters{{5, 2, {}}, 0, "x", true};
  SnapshotChunk of_the_future{{5, 9, {{1, 2}, {}}}, 0, "x", true};
  CHECK(ignored({2, 1, 2, gap}));
  CHECK(ignored({2, 1, 2, falling}));
  CHECK(ignored({2, 1, 2, unknown_type}));
  CHECK(ignored({2, 1, 2, bad_config}));
  CHECK(ignored({2, 1, 2, without_voters}));
  CHECK(ignored({2, 1, 2, of_the_future}));
  CHECK(ignored({2, 9, 2, Append{}}));  // for somebody else
  CHECK(ignored({1, 1, 2, Append{}}));  // from itself
  CHECK(ignored({kNobody, 1, 2, Append{}}));
}

TEST_CASE("a leader ignores replies that promise too much, and strangers") {
  Raft raft = started(options_of(1), first_state({1, 2, 3}));
  raft.campaign();
  settle(raft);
  raft.step({2, 1, 1, PreVoteReply{}});
  settle(raft);
  raft.step({2, 1, 1, VoteReply{}});
  settle(raft);
  REQUIRE(raft.role() == Role::kLeader);
  raft.step({2, 1, 1, AppendReply{.index = 99}});
  raft.step({9, 1, 1, AppendReply{.index = 1}});
  raft.step({2, 1, 1, HeartbeatReply{.context = 99}});
  raft.step({2, 1, 1, SnapshotReply{.index = 1, .next_offset_bytes = 99}});
  settle(raft);
  CHECK(raft.role() == Role::kLeader);
  CHECK(raft.commit_index() == 0);
  CHECK(raft.ignored_messages() == 2);
  raft.step({2, 1, 1, AppendReply{.index = 1}});
  CHECK(raft.commit_index() == 1);
  CHECK(raft.progress(2)->caught_up);
  CHECK_FALSE(raft.progress(3)->caught_up);
  CHECK_FALSE(raft.progress(9).has_value());
}

TEST_CASE("chunks that do not fit together are asked for again, and too many bytes are dropped") {
  Options options = options_of(1);
  options.max_snapshot_bytes = 8;
  Raft raft = started(options, first_state({1, 2, 3}));
  const SnapshotMeta meta{5, 2, {{1, 2, 3}, {}}};
  const auto reply_to = [&](const SnapshotChunk& chunk) {
    raft.step({2, 1, 2, chunk});
    const Output output = settle(raft);
    REQUIRE(output.messages.size() == 1);
    return std::get<SnapshotReply>(output.messages[0].body).next_offset_bytes;
  };
  CHECK(reply_to({meta, 4, "late", false}) == 0);
  CHECK(reply_to({meta, 0, "abcd", false}) == 4);
  CHECK(reply_to({meta, 2, "????", true}) == 4);
  CHECK(reply_to({meta, 4, "ef", false}) == 6);
  CHECK(reply_to({meta, 0, "abcd", false}) == 6);  // the sender does not know what is here
  const SnapshotMeta other{4, 2, {{1, 2, 3}, {}}};
  CHECK(reply_to({other, 4, "late", false}) == 0);  // of a snapshot that is not in transfer
  CHECK(reply_to({meta, 2, "????", false}) == 6);
  raft.step({2, 1, 2, SnapshotChunk{meta, 6, "too many bytes", true}});
  CHECK(settle(raft).messages.empty());
  CHECK(raft.snapshot().index == 0);
  raft.step({2, 1, 2, SnapshotChunk{meta, 0, "abcd", true}});
  settle(raft);
  CHECK(raft.snapshot().index == 5);
}

TEST_CASE("proposals and reads are bounded") {
  Options options = options_of(1);
  options.max_entry_bytes = 10;
  options.max_log_bytes = 200;
  Raft raft = lonely_leader(options);
  auto too_large = raft.propose(std::string(11, 'x'));
  REQUIRE_FALSE(too_large.ok());
  CHECK(too_large.error().code == Errc::kLimit);
  int accepted = 0;
  while (raft.propose("0123456789").ok()) ++accepted;
  CHECK(accepted >= 3);
  CHECK(raft.log().bytes() <= 200 + kEntryOverheadBytes);
  settle(raft);
  REQUIRE(raft.compact(raft.applied_index(), "state").ok());
  CHECK(raft.propose("0123456789").ok());

  Options follower_options = options_of(1);
  follower_options.max_pending_reads = 2;
  Raft follower = started(follower_options, first_state({1, 2, 3}));
  follower.step({2, 1, 1, Heartbeat{}});
  CHECK(follower.read(1).ok());
  CHECK(follower.read(2).ok());
  CHECK(follower.read(3).error().code == Errc::kLimit);
  for (int i = 0; i < 30; ++i) follower.tick();
  CHECK(settle(follower).reads == std::vector<ReadResult>{{1, false, 0}, {2, false, 0}});
}

TEST_CASE("committed entries are handed out once, in bounded batches") {
  Options options = options_of(1);
  options.max_apply_bytes = 2 * kEntryOverheadBytes + 2;
  Raft raft = started(options, first_state({1, 2}));
  raft.step({2, 1, 1, Append{0, 0, 5, entries_from(1, {1, 1, 1, 1, 1})}});
  Index expected = 1;
  while (raft.has_output()) {
    const Output output = raft.take_output();
    CHECK(output.committed.size() <= 2);
    for (const Entry& entry : output.committed) CHECK(entry.index == expected++);
    if (output.persist) raft.persisted(output.persist->id);
  }
  CHECK(expected == 6);
  CHECK(raft.applied_index() == 5);
}

TEST_CASE("compaction takes what is applied and not compacted yet") {
  Raft raft = lonely_leader(options_of(1));
  REQUIRE(raft.propose("a").ok());
  CHECK(raft.compact(2, "").error().code == Errc::kInvalid);
  settle(raft);
  CHECK(raft.compact(2, "state").ok());
  CHECK(raft.compact(2, "state").error().code == Errc::kInvalid);
  CHECK(raft.compact(0, "state").error().code == Errc::kInvalid);
}

TEST_CASE(
    "a lost connection to the leader is noticed within two ticks, and a false alarm does no harm") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Options options = options_of(2);
    options.seed = seed;
    Raft raft = started(options, first_state({1, 2, 3}));
    raft.step({1, 2, 1, Heartbeat{}});
    raft.peer_lost(3);
    CHECK(raft.leader() == 1);
    raft.peer_lost(1);
    CHECK(raft.leader() == kNobody);
    raft.tick();
    raft.tick();
    CHECK(raft.role() == Role::kPreCandidate);
    CHECK(raft.term() == 1);
    raft.step({1, 2, 1, Heartbeat{}});
    CHECK(raft.role() == Role::kFollower);
    CHECK(raft.leader() == 1);
  }
}

TEST_CASE("election timeouts are spread over one to two times the option") {
  std::vector<int> fired(25, 0);
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    Options options = options_of(1);
    options.seed = seed;
    Raft raft = started(options, first_state({1, 2, 3}));
    int ticks = 0;
    while (raft.role() == Role::kFollower) {
      raft.tick();
      ++ticks;
    }
    REQUIRE(ticks >= options.election_ticks);
    REQUIRE(ticks < 2 * options.election_ticks);
    ++fired[static_cast<size_t>(ticks)];
  }
  for (size_t ticks = 10; ticks < 20; ++ticks) CHECK(fired[ticks] > 10);
}

TEST_CASE("after a failed write a node is silent for good") {
  Raft raft = lonely_leader(options_of(1));
  REQUIRE(raft.propose("a").ok());
  const Output output = raft.take_output();
  REQUIRE(output.persist.has_value());
  raft.persist_failed(output.persist->id);
  CHECK(raft.has_failed());
  CHECK(raft.role() == Role::kFollower);
  CHECK(raft.propose("b").error().code == Errc::kIo);
  CHECK(raft.read(1).error().code == Errc::kIo);
  CHECK(raft.compact(1, "").error().code == Errc::kIo);
  for (int i = 0; i < 100; ++i) raft.tick();
  raft.step({2, 1, 9, Vote{9, 9, true}});
  raft.persisted(99);  // an answer that was on its way
  const Output after = settle(raft);
  CHECK(after.messages.empty());
  CHECK(raft.term() == 1);
}

TEST_CASE("nothing to do means no output") {
  Raft raft = lonely_leader(options_of(1));
  CHECK_FALSE(raft.has_output());
  for (int i = 0; i < 1000; ++i) {
    raft.tick();
    REQUIRE_FALSE(raft.has_output());  // an idle cluster of one writes and sends nothing
  }
}
