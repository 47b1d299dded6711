#include "tests/judge/linearizability.h"

#include <string>

#include "core/base/prng.h"
#include "doctest/doctest.h"

namespace es::judge {

namespace {

struct Story {
  const char* name;
  const char* lines;
};

Verdict judged(const std::string& lines, const Options& options = {}) {
  History history;
  const std::string error = history.read(lines);
  REQUIRE_MESSAGE(error.empty(), error);
  return judge(history, options);
}

const Story kGood[] = {
    {"nothing happened", ""},
    {"one after the other",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o read made=a version=9 value=v1 ok\n"
     "5 6 c o update made=a version=9 value=v2 ok\n"
     "7 8 c o read made=a version=12 value=v2 ok\n"
     "9 10 c o remove made=a ok\n"
     "11 12 c o read absent\n"
     "13 14 c o remove made=a missing\n"},
    {"a read that overlaps a write sees the old value or the new one",
     "1 2 c o create made=a value=v1 ok\n"
     "3 9 c o update made=a version=2 value=v2 ok\n"
     "4 8 d o read made=a version=2 value=v1 ok\n"
     "5 7 e o read made=a version=4 value=v2 ok\n"},
    {"a write without an answer took effect late",
     "1 2 c o create made=a value=v1 ok\n"
     "3 - c o update made=a version=2 value=v2 unknown\n"
     "4 5 d o read made=a version=2 value=v1 ok\n"
     "90 91 d o read made=a version=7 value=v2 ok\n"},
    {"a write without an answer never took effect",
     "1 - c o create made=a value=v1 unknown\n"
     "3 4 d o read absent\n"
     "90 91 d o read absent\n"},
    {"a creation without an answer is in the way of another",
     "1 - c o create made=a value=v1 unknown\n"
     "3 4 d o create made=b value=v2 exists\n"
     "5 6 d o read made=a version=3 value=v1 ok\n"},
    {"of two that create one name at once, one is told that it exists",
     "1 9 c o create made=a value=v1 ok\n"
     "1 9 d o create made=b value=v2 exists\n"
     "10 11 d o read made=a version=3 value=v1 ok\n"},
    {"the cluster raises the version by itself",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o read made=a version=3 value=v1 ok\n"
     "5 6 c o read made=a version=5 value=v1 ok\n"
     "7 8 c o update made=a version=5 value=v2 ok\n"
     "7 8 d o update made=a version=3 value=v3 failed\n"},
    {"removed and made again under its name",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o remove made=a ok\n"
     "5 6 c o create made=b value=v2 ok\n"
     "7 8 d o remove made=a missing\n"
     "9 10 d o read made=b version=8 value=v2 ok\n"},
    {"a removal without an answer",
     "1 2 c o create made=a value=v1 ok\n"
     "3 - c o remove made=a unknown\n"
     "4 5 d o read made=a version=2 value=v1 ok\n"
     "8 9 d o read absent\n"},
    {"rolled back, and forth",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o update made=a version=2 value=v2 ok\n"
     "5 6 c o rollback made=a version=4 ok\n"
     "7 8 d o read made=a version=6 value=v1 ok\n"
     "9 10 c o rollback made=a version=6 ok\n"
     "11 12 d o read made=a version=8 value=v2 ok\n"},
    {"what failed left no trace",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 d o update made=a version=2 value=v2 failed\n"
     "5 6 d o read made=a version=2 value=v1 ok\n"},
    {"an ending and a beginning at one instant overlap",
     "1 2 c o create made=a value=v1 ok\n"
     "2 3 d o read absent\n"},
    {"objects are independent",
     "1 2 c o create made=a value=v1 ok\n"
     "1 2 c p create made=b value=v2 ok\n"
     "3 4 c o remove made=a ok\n"
     "5 6 c p read made=b version=2 value=v2 ok\n"},
};

const Story kBad[] = {
    {"an acknowledged creation is lost",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 d o read absent\n"},
    {"an acknowledged creation is there, and then it is not",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 d o read made=a version=2 value=v1 ok\n"
     "5 6 d o read absent\n"},
    {"a stale read",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o update made=a version=2 value=v2 ok\n"
     "5 6 d o read made=a version=2 value=v1 ok\n"},
    {"two readers see two writes in two orders",
     "1 2 c o create made=a value=v1 ok\n"
     "3 20 c o update made=a version=2 value=v2 ok\n"
     "4 5 d o read made=a version=4 value=v2 ok\n"
     "6 7 e o read made=a version=2 value=v1 ok\n"},
    {"a value that nobody wrote",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 d o read made=a version=2 value=v9 ok\n"},
    {"a refused write shows",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o update made=a version=2 value=v2 failed\n"
     "5 6 d o read made=a version=5 value=v2 ok\n"},
    {"a lost update: two of one version both win",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o update made=a version=2 value=v2 ok\n"
     "3 4 d o update made=a version=2 value=v3 ok\n"},
    {"two objects of one name",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 d o create made=b value=v2 ok\n"},
    {"the version goes back",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 d o read made=a version=9 value=v1 ok\n"
     "5 6 d o read made=a version=8 value=v1 ok\n"},
    {"removed and still there",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o remove made=a ok\n"
     "5 6 d o read made=a version=2 value=v1 ok\n"},
    {"it exists, they say, and it never did",
     "1 2 c o create made=a value=v1 exists\n"},
    {"it is missing, they say, and it is there",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o remove made=a missing\n"
     "5 6 d o read made=a version=2 value=v1 ok\n"},
    {"a write without an answer takes effect, and is undone",
     "1 2 c o create made=a value=v1 ok\n"
     "3 - c o update made=a version=2 value=v2 unknown\n"
     "4 5 d o read made=a version=4 value=v2 ok\n"
     "6 7 d o read made=a version=2 value=v1 ok\n"},
    {"a write takes effect before it was asked for",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 d o read made=a version=5 value=v2 ok\n"
     "5 - c o update made=a version=2 value=v2 unknown\n"},
    {"an older version under the name of a newer object",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o remove made=a ok\n"
     "5 6 c o create made=b value=v2 ok\n"
     "7 8 d o read made=a version=2 value=v1 ok\n"},
    {"rolled back to nothing",
     "1 2 c o create made=a value=v1 ok\n"
     "3 4 c o rollback made=a version=2 ok\n"},
};

}  // namespace

TEST_CASE("linearizability: what can be explained is explained") {
  for (const Story& story : kGood) {
    const Verdict verdict = judged(story.lines);
    CHECK_MESSAGE(verdict.finding == Finding::kExplained, story.name, "\n", verdict.text);
    CHECK(verdict.text == "");
  }
}

TEST_CASE("linearizability: what cannot be explained is found") {
  for (const Story& story : kBad) {
    const Verdict verdict = judged(story.lines);
    CHECK_MESSAGE(verdict.finding == Finding::kBroken, story.name);
    CHECK(verdict.text != "");
  }
}

TEST_CASE("linearizability: a counter-example shows the shortest broken story") {
  const Verdict verdict = judged(
      "1 2 c service/web create made=a value=v1 ok\n"
      "3 4 c service/web update made=a version=2 value=v2 ok\n"
      "5 6 d service/web read made=a version=2 value=v1 ok\n"
      "5 6 c service/web read made=a version=4 value=v2 ok\n"
      "7 8 c service/web remove made=a ok\n"
      "9 10 c service/other read absent\n");
  CHECK(verdict.text ==
        "no order of its operations explains service/web. The longest that fits:\n"
        "    1 2 c service/web create made=a value=v1 ok\n"
        "    3 4 c service/web update made=a version=2 value=v2 ok\n"
        "    5 6 c service/web read made=a version=4 value=v2 ok\n"
        "  then: value=v2 made=a version>=4, and none of these can be next:\n"
        "    5 6 d service/web read made=a version=2 value=v1 ok"
        "    -- its version is older than the object's\n");
}

TEST_CASE("linearizability: at the bound nothing is called explained") {
  // Reads of a value that nobody wrote, and writes without an answer that could stand anywhere.
  std::string lines = "1 2 c o create made=a value=v0 ok\n";
  for (int i = 1; i <= 24; ++i) {
    const std::string value = "v" + std::to_string(i);
    lines += "3 - c o update made=a version=1" + std::to_string(i) + " value=" + value + " unknown\n";
    lines += "4 900 d o read made=a version=1" + std::to_string(i) + " value=" + value + " ok\n";
  }
  lines += "901 902 d o read made=a version=2000 value=vx ok\n";
  const Verdict verdict = judged(lines, Options{.max_states = 1'000});
  CHECK(verdict.finding == Finding::kUndecided);
  CHECK(verdict.text == "o was not decided within 1000 states\n");
  CHECK(verdict.states <= 1'000);
  // A broken object is told rather than an undecided one.
  CHECK(judged(lines + "1 2 c p remove made=a ok\n", Options{.max_states = 1'000}).finding ==
        Finding::kBroken);
}

TEST_CASE("linearizability: writes without an answer that nobody saw cost nothing") {
  std::string lines = "1 2 c o create made=a value=v0 ok\n";
  for (int i = 1; i <= 200; ++i) {
    lines += std::to_string(i + 2) + " - c o update made=a version=2 value=u" + std::to_string(i) +
             " unknown\n";
  }
  lines += "300 301 d o read made=a version=2 value=v0 ok\n";
  const Verdict verdict = judged(lines);
  CHECK(verdict.explained());
  CHECK(verdict.states < 10);
}

// A serial register, told with overlapping times: always explained. The same with one read that
// shows what was overwritten long before: never.
TEST_CASE("linearizability: long histories of many clients are decided") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Prng prng(seed);
    std::string lines = "0 0 c o create made=a value=v0 ok\n";
    int64_t time = 10;
    uint64_t version = 1;
    for (int i = 1; i <= 400; ++i) {
      // It takes effect at `time`, somewhere within what the client saw of it.
      const std::string times = std::to_string(time - static_cast<int64_t>(prng.below(40))) + ' ' +
                                std::to_string(time + static_cast<int64_t>(prng.below(40))) + " c o ";
      if (prng.chance(1, 2)) {
        lines += times + "update made=a version=" + std::to_string(version) + " value=v" +
                 std::to_string(version + 1) + " ok\n";
        ++version;
      } else {
        lines += times + "read made=a version=" + std::to_string(version) + " value=v" +
                 std::to_string(version == 1 ? 0 : version) + " ok\n";
      }
      time += 10;
    }
    CHECK(judged(lines).finding == Finding::kExplained);
    lines += std::to_string(time + 100) + ' ' + std::to_string(time + 101) +
             " d o read made=a version=1 value=v0 ok\n";
    CHECK(judged(lines).finding == Finding::kBroken);
  }
}

}  // namespace es::judge
