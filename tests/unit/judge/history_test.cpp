#include "tests/judge/history.h"

#include <string>

#include "doctest/doctest.h"

namespace es::judge {

TEST_CASE("history: what is written is read again") {
  const std::string text =
      "1 5 c1 service/a create made=1 value=v1 ok\n"
      "2 9 c2 service/a read made=1 version=7 value=v1 ok\n"
      "3 4 c3 service/b read absent\n"
      "6 - c1 service/a update made=1 version=7 value=v2 unknown\n"
      "7 8 c2 service/a rollback made=1 version=7 failed\n"
      "10 11 c2 service/a create made=2 value=v3 exists\n"
      "12 13 c2 service/a remove made=1 missing\n";
  History history;
  CHECK(history.read("# a story\n\n" + text) == "");
  CHECK(history.operations().size() == 7);
  CHECK(history.text() == text);
}

TEST_CASE("history: what cannot be read is said, with its line") {
  const struct {
    const char* line;
    const char* why;
  } cases[] = {
      {"1 2 c", "too few words"},
      {"x 2 c o read ok", "no time of invocation"},
      {"1 2x c o read ok", "no time of completion"},
      {"1 2 c o look ok", "no kind of operation"},
      {"1 2 c o read value ok", "a word without '='"},
      {"1 2 c o read colour=3 ok", "an odd word"},
      {"1 2 c o read version=x ok", "an odd word"},
      {"1 2 c o read fine", "no outcome"},
      {"1 - c o read ok", "what is unknown has no completion"},
      {"1 2 c o read unknown", "what is unknown has no completion"},
      {"3 2 c o read ok", "completed before invoked"},
  };
  for (const auto& one : cases) {
    History history;
    CHECK(history.read(std::string("1 2 c o read absent\n") + one.line) ==
          std::string("line 2: ") + one.why + ": " + one.line);
  }
}

TEST_CASE("history: an operation that is never completed is unknown") {
  History history;
  Operation write;
  write.invoked_at = 3;
  write.client = history.token("c");
  write.object = history.token("o");
  write.kind = Kind::kRemove;
  write.outcome = Outcome::kOk;
  const size_t place = history.begin(write);
  CHECK(history.text() == "3 - c o remove unknown\n");
  history.complete(place, 8, Outcome::kOk);
  CHECK(history.text() == "3 8 c o remove ok\n");
  CHECK(history.token("c") == write.client);
  CHECK(history.word(write.object) == "o");
}

}  // namespace es::judge
