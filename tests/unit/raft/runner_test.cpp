// The scenario runner refuses what it does not understand, with file and line.

#include "tests/scenario/runner.h"

#include "doctest/doctest.h"
#include "tests/scenario/raft_story.h"

using namespace es::scenario;

namespace {

Verdict run(const std::string& text) {
  RaftStory story;
  return run_text("f.txt", text, [&](Line& line) { return story.run(line); });
}

}  // namespace

TEST_CASE("comments, blanks, quotes and order are free") {
  CHECK(run("# nothing\n\n   \t\nnodes 1 2 3 # three\r\n propose  1 \"a # b\" expect=refused\n")
            .text == "ok f.txt");
  CHECK(run("").passed);
}

TEST_CASE("each line that makes no sense is an error with its number") {
  const char* lines[] = {
      "explode 1",
      "nodes 4",
      "campaign",
      "campaign 9",
      "campaign one",
      "campaign 1 2",
      "campaign 1 now=yes",
      "tick 1 2 3",
      "tick 1 x",
      "timeout 1",
      "timeout 1 0",
      "propose 1",
      "propose 1 a expect=maybe",
      "propose 1 \"open",
      "propose 1 a expect=refused expect=refused",
      "read 1",
      "change 1",
      "change 1 add=4 remove=2",
      "change 1 joint=\"+4 -2\"",
      "transfer 1",
      "deliver type=unknown",
      "deliver from=x",
      "cut 1",
      "disk 1",
      "disk 1 eject",
      "crash 1 keep=everything",
      "corrupt 1 index=1",
      "compact 1 index=1",
      "stabilize 9",
      "message to=1 type=append from=2",
      "message to=1 type=nonsense from=2 term=1",
      "message to=1 type=vote from=2 term=1 entries=1",
      "expect 1 role=king",
      "expect 1 role=witness",
      "expect 1 colour=blue",
      "expect-config 1 joint=yes",
      "expect-read unknown pending",
      "expect-leader 1,2",
      "expect-reply type=vote",
      "expect-safe 1",
      "=1",
  };
  for (const char* line : lines) {
    CAPTURE(line);
    const Verdict verdict = run(std::string("nodes 1 2 3\n") + line + "\n");
    CHECK_FALSE(verdict.passed);
    CHECK(verdict.text.substr(0, 13) == "FAIL f.txt:2:");
  }
}

TEST_CASE("what belongs to later work says so") {
  CHECK(run("nodes 1 2 3 witness=4").text == "FAIL f.txt:1: not yet supported: witnesses");
  CHECK(run("nodes 1 2 3 lease_reads=on").text ==
        "FAIL f.txt:1: not yet supported: lease_reads=on");
  CHECK(run("nodes 1 2 3\nchange 1 joint=\"+4 -2\"").text ==
        "FAIL f.txt:2: not yet supported: joint changes");
  CHECK(run("nodes 1 2 3 lease_reads=off").passed);
}

TEST_CASE("a failed expectation says what was seen") {
  CHECK(run("nodes 1 2 3\nexpect 1 role=leader").text ==
        "FAIL f.txt:2: expected node 1 role=leader, saw node 1 role=follower");
  CHECK(run("nodes 1\ncampaign 1\nexpect-leader none").text ==
        "FAIL f.txt:3: expected leader none, saw 1");
}

TEST_CASE("the first state comes first and makes sense") {
  CHECK(run("state 1 terms=1").text == "FAIL f.txt:1: the first command is 'nodes'");
  CHECK_FALSE(run("nodes 1 2\ncampaign 1\nstate 1 terms=1").passed);
  CHECK_FALSE(run("nodes 1 2\nstate 1 terms=2,1").passed);
  CHECK_FALSE(run("nodes 1 2\nstate 1 terms=1,2 term=1").passed);
  CHECK_FALSE(run("nodes 1 2\nstate 1 terms=1 commit=2").passed);
  CHECK(run("nodes 1 2\nstate 1 terms=3,3 snapshot=7:2 vote=2 commit=8\nexpect 1 last=9:3 log=3,3 "
            "commit=8 snapshot=7:2 vote=2 term=3")
            .passed);
}

TEST_CASE("the checker can fail: a state that no raft reaches is found") {
  // 2 holds a committed entry that 1 lacks, and 1 is made leader of a later term by answers from
  // nowhere.
  const Verdict verdict =
      run("nodes 1 2 3 prevote=off\n"
          "state 2 terms=1 commit=1\n"
          "campaign 1\ncampaign 1\n"
          "message to=1 type=vote_reply from=3 term=2\n"
          "expect 1 role=leader\nexpect-safe");
  CHECK_FALSE(verdict.passed);
  CHECK(verdict.text.find("Leader Completeness") != std::string::npos);
}
