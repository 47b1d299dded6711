// Of two boards with one identity the later one is kept out, and a restart is none: each line of doorkeeper.h's table.

#include <doctest.h>

#include "core/node/doorkeeper.h"

namespace es::node {

namespace {

using Verdict = Doorkeeper::Verdict;

const NodeId kNode{{1, 2}};
constexpr uint64_t kOriginal = 101;
constexpr uint64_t kCopy = 102;
constexpr uint64_t kOlder = 99;

struct Door {
  explicit Door(Doorkeeper::Incarnations tables = {}) { door.knows(kNode, tables); }

  Verdict registers(uint64_t incarnation) {
    wire::Register registration;
    registration.incarnation = incarnation;
    registration.starts = incarnation;
    return door.registers(now, kNode, registration, prng);
  }
  // The number of the question that is due now; 0: none is.
  uint64_t question() {
    const auto questions = door.take_questions(now);
    return questions.empty() ? 0 : questions.front().number;
  }
  uint64_t accepted() const { return door.of(kNode).accepted; }

  Doorkeeper door;
  Prng prng{4};
  Instant now{seconds(100).ns};
};

// The one that was lost, after another one was let in. Returns the number of the question that follows.
uint64_t original_speaks_again(Door& door) {
  door.registers(kOriginal);
  door.door.lost(kNode);
  CHECK(door.registers(kCopy) == Verdict::kLetIn);
  CHECK(door.registers(kOriginal) == Verdict::kWait);
  return door.question();
}

}  // namespace

TEST_CASE("the accepted incarnation is let in again and again, a first one and an older version too") {
  Door door;
  CHECK(door.registers(0) == Verdict::kLetIn);
  CHECK(door.registers(kOriginal) == Verdict::kLetIn);
  CHECK(door.registers(kOriginal) == Verdict::kLetIn);
  CHECK(door.registers(0) == Verdict::kLetIn);
  CHECK(door.accepted() == kOriginal);
  CHECK(door.door.next_deadline() == kNever);
}

TEST_CASE("a restart is let in at once when its connection was lost, was silent, or was never seen in this term") {
  Door lost;
  lost.registers(kOriginal);
  lost.door.lost(kNode);
  CHECK(lost.registers(kCopy) == Verdict::kLetIn);
  CHECK(lost.door.of(kNode) == Doorkeeper::Incarnations{kCopy, kOriginal});

  Door silent;
  silent.registers(kOriginal);
  silent.now = silent.now + kAcceptedSilence;
  CHECK(silent.registers(kCopy) == Verdict::kLetIn);

  Door new_term({kOriginal, kOlder});
  CHECK(new_term.registers(kCopy) == Verdict::kLetIn);
}

TEST_CASE("a restart whose loss nobody noticed waits for the bound, and its own answers say nothing") {
  Door door;
  door.registers(kOriginal);
  CHECK(door.registers(kCopy) == Verdict::kWait);
  const uint64_t number = door.question();
  REQUIRE(number != 0);
  CHECK(door.question() == 0);  // not before the pause
  CHECK_FALSE(door.door.answered(door.now, kNode, number, kCopy).has_value());
  CHECK(door.registers(kCopy) == Verdict::kWait);
  CHECK(door.door.take_let_in(door.now).empty());
  door.now = door.now + kContest;
  const auto in = door.door.take_let_in(door.now);
  REQUIRE(in.size() == 1);
  CHECK(in[0].registration.incarnation == kCopy);
  CHECK(door.registers(kCopy) == Verdict::kLetIn);
  CHECK(door.door.next_deadline() == kNever);
}

TEST_CASE("a copy is kept out while the original answers, and stays out") {
  Door door;
  door.registers(kOriginal);
  CHECK(door.registers(kCopy) == Verdict::kWait);
  const uint64_t number = door.question();
  CHECK_FALSE(door.door.answered(door.now, kNode, number + 1, kOriginal).has_value());  // to an older question
  CHECK(door.registers(kOriginal) == Verdict::kLetIn);  // it was pushed out and dialled again
  CHECK(door.question() == number);                     // so it is asked at once
  const auto out = door.door.answered(door.now, kNode, number, kOriginal);
  REQUIRE(out.has_value());
  CHECK(out->registration.incarnation == kCopy);
  CHECK_FALSE(out->let_in.has_value());
  CHECK(door.registers(kCopy) == Verdict::kKeepOut);
  CHECK(door.registers(kOriginal) == Verdict::kLetIn);
  door.now = door.now + seconds(100);
  CHECK(door.registers(kCopy) == Verdict::kKeepOut);
  CHECK(door.accepted() == kOriginal);
}

TEST_CASE("a copy that came while the original was cut off is found out when that one speaks again") {
  Door door;
  const uint64_t number = original_speaks_again(door);
  const auto out = door.door.answered(door.now, kNode, number, kOriginal);
  REQUIRE(out.has_value());
  CHECK(out->registration.incarnation == kCopy);
  REQUIRE(out->let_in.has_value());
  CHECK(out->let_in->incarnation == kOriginal);
  CHECK(door.registers(kCopy) == Verdict::kKeepOut);
  CHECK(door.registers(kOriginal) == Verdict::kLetIn);

  // The same, found out by a new leader that knows the tables only.
  Door new_leader({kCopy, kOriginal});
  CHECK(new_leader.registers(kOriginal) == Verdict::kWait);
}

TEST_CASE("a late word of the process before a restart changes nothing") {
  Door door;
  const uint64_t number = original_speaks_again(door);
  CHECK_FALSE(door.door.answered(door.now, kNode, number, kCopy).has_value());
  door.now = door.now + kContest;
  CHECK(door.door.take_let_in(door.now).empty());
  CHECK(door.registers(kCopy) == Verdict::kLetIn);
  CHECK(door.accepted() == kCopy);
}

TEST_CASE("raft counts one board's words at a time: the first that spoke in the term, until it is gone or another is let in") {
  Door door;
  CHECK(door.door.may_speak(kNode, kOriginal));
  CHECK_FALSE(door.door.may_speak(kNode, kCopy));
  CHECK(door.door.may_speak(kNode, 0));  // an older version
  door.door.lost(kNode);
  CHECK(door.door.may_speak(kNode, kCopy));  // a restart, before it registers
  door.door.lost(kNode);
  door.registers(kOriginal);
  CHECK(door.door.may_speak(kNode, kOriginal));
  CHECK(door.registers(kCopy) == Verdict::kWait);
  door.door.lost(kNode);  // one of the two connections, nobody knows whose
  CHECK(door.door.may_speak(kNode, kOriginal));
  CHECK_FALSE(door.door.may_speak(kNode, kCopy));
  REQUIRE(door.door.answered(door.now, kNode, door.question(), kOriginal).has_value());
  door.door.lost(kNode);
  CHECK_FALSE(door.door.may_speak(kNode, kCopy));  // kept out once, kept out for ever
  CHECK(door.door.may_speak(kNode, kOriginal));
  door.door.forget(kNode);
  CHECK(door.door.may_speak(kNode, kCopy));
}

TEST_CASE("who speaks before anybody registers does not make the door forget what the tables say") {
  Doorkeeper door;
  Prng prng{4};
  const Instant now{seconds(100).ns};
  CHECK(door.may_speak(kNode, kCopy));
  door.knows(kNode, {kOriginal, kOlder});
  wire::Register registration;
  registration.incarnation = kCopy;
  CHECK(door.registers(now, kNode, registration, prng) == Verdict::kLetIn);  // nobody has heard the original in this term
  CHECK(door.of(kNode) == Doorkeeper::Incarnations{kCopy, kOriginal});
  registration.incarnation = kOriginal;
  CHECK(door.registers(now, kNode, registration, prng) == Verdict::kWait);  // the one before: if it answers, the copy goes
  const auto out = door.answered(now, kNode, door.take_questions(now).front().number, kOriginal);
  REQUIRE(out.has_value());
  CHECK(out->registration.incarnation == kCopy);
}

TEST_CASE("the newest of several newcomers is judged, and what is remembered of copies is bounded") {
  Door door;
  door.registers(kOriginal);
  for (uint64_t copy = 1'000; copy < 1'000 + 3 * kMaxKeptOut; ++copy) {
    CHECK(door.registers(copy + 500) == Verdict::kWait);
    CHECK(door.registers(copy) == Verdict::kWait);
    const auto out = door.door.answered(door.now, kNode, door.question(), kOriginal);
    REQUIRE(out.has_value());
    CHECK(out->registration.incarnation == copy);
  }
  CHECK_FALSE(door.door.is_kept_out(kNode, 1'000));
  CHECK(door.door.is_kept_out(kNode, 1'000 + 3 * kMaxKeptOut - 1));
}

}  // namespace es::node
