#include "core/raft/log.h"

#include "doctest/doctest.h"

using es::raft::Entry;
using es::raft::EntryType;
using es::raft::Index;
using es::raft::Log;
using es::raft::Term;

namespace {

Log log_of(Index base, Term base_term, const std::vector<Term>& terms) {
  Log log(base, base_term);
  for (const Term term : terms) log.append({log.last_index() + 1, term, EntryType::kData, "x"});
  return log;
}

}  // namespace

TEST_CASE("terms are known from the base to the end") {
  const Log log = log_of(5, 2, {2, 3, 3});
  CHECK_FALSE(log.term(4).has_value());
  CHECK(log.term(5) == 2);
  CHECK(log.term(8) == 3);
  CHECK_FALSE(log.term(9).has_value());
  CHECK(log.last_index() == 8);
  CHECK(log_of(5, 2, {}).last_term() == 2);
}

TEST_CASE("up to date: the later last term wins, then the longer log (Raft §5.4.1)") {
  struct Case {
    const char* name;
    Index index;
    Term term;
    bool up_to_date;
  };
  constexpr Case kCases[] = {
      {"equal", 3, 2, true},      {"longer", 4, 2, true},        {"shorter", 2, 2, false},
      {"later term", 1, 3, true}, {"earlier term", 9, 1, false}, {"empty", 0, 0, false},
  };
  const Log log = log_of(0, 0, {1, 2, 2});
  for (const Case& one : kCases) {
    CAPTURE(one.name);
    CHECK(log.up_to_date(one.index, one.term) == one.up_to_date);
  }
}

TEST_CASE("where two logs may still agree") {
  struct Case {
    Index upto;
    Term term;
    Index agree;
  };
  constexpr Case kCases[] = {
      {9, 9, 8},  // beyond the end
      {8, 5, 8}, {8, 4, 7}, {8, 3, 6},
      {8, 2, 5}, {6, 9, 6}, {8, 1, 3},  // everything known is newer: the base at most
      {2, 1, 2},                        // below the base nothing is known
      {0, 0, 0},
  };
  const Log log = log_of(3, 1, {2, 2, 3, 4, 5});
  for (const Case& one : kCases) {
    CAPTURE(one.upto);
    CAPTURE(one.term);
    CHECK(log.agree_at_most(one.upto, one.term) == one.agree);
  }
}

TEST_CASE("a slice fits its bytes, and one entry always does") {
  const Log log = log_of(0, 0, {1, 1, 1});
  const size_t one = es::raft::size_bytes(log.at(1));
  CHECK(log.slice(1, 3, 2 * one).size() == 2);
  CHECK(log.slice(1, 3, 1).size() == 1);
  CHECK(log.slice(2, 9, 100 * one).size() == 2);
  CHECK(log.slice(4, 3, 100).empty());
}

TEST_CASE("what the disk still needs") {
  Log log = log_of(0, 0, {1, 1, 1});
  CHECK(log.has_unsaved());
  auto unsaved = log.take_unsaved();
  CHECK(unsaved.truncate_from == 0);
  CHECK(unsaved.entries.size() == 3);
  CHECK_FALSE(log.has_unsaved());
  CHECK(log.durable_index() == 0);
  log.mark_durable(3, 1);
  CHECK(log.durable_index() == 3);

  SUBCASE("a conflict truncates the disk from the lowest index on") {
    log.truncate(3);
    log.append({3, 2, EntryType::kData, "y"});
    log.truncate(2);
    log.append({2, 3, EntryType::kData, "z"});
    CHECK(log.durable_index() == 1);
    unsaved = log.take_unsaved();
    CHECK(unsaved.truncate_from == 2);
    REQUIRE(unsaved.entries.size() == 1);
    CHECK(unsaved.entries[0].data == "z");
    log.mark_durable(3, 1);  // the answer for the old write came late
    CHECK(log.durable_index() == 1);
    log.mark_durable(2, 3);
    CHECK(log.durable_index() == 2);
  }
  SUBCASE("entries that never reached the disk need no truncation there") {
    log.append({4, 1, EntryType::kData, "w"});
    log.truncate(4);
    CHECK_FALSE(log.has_unsaved());
  }
  SUBCASE("compaction keeps the rest") {
    log.compact(2);
    CHECK(log.base_index() == 2);
    CHECK(log.count() == 1);
    CHECK(log.bytes() == es::raft::size_bytes(log.at(3)));
    CHECK_FALSE(log.has_unsaved());
  }
  SUBCASE("a snapshot replaces everything") {
    log.reset(9, 4);
    CHECK(log.last_index() == 9);
    CHECK(log.durable_index() == 9);
    CHECK(log.take_unsaved().truncate_from == 10);
  }
}
