#pragma once
// RaftStory: the raft grammar of SCENARIOS.md §1, a method a command. raft_setup.cpp holds how a
// story begins, raft_story.cpp what happens, raft_expect.cpp what is looked at. Beyond that table:
//
//   expect-reply … count=K    exactly K such messages are pending; count=0: none of this kind
//   disk N lie                what N's disk calls durable from now on is lost by the next crash,
//   but
//                             for votes and terms; `disk N confess`: no more
//   crash N keep=all          the writes that waited are on the medium, and nobody was told
//   expect N healing=yes|no   N lost entries it may have acknowledged, and casts no vote
//   expect N progress.M=I     leader N counts on M's copy of everything up to I

#include "tests/scenario/line.h"
#include "tests/scenario/raft_world.h"

namespace es::scenario {

class RaftStory {
 public:
  Status run(Line& line);

 private:
  Status nodes(Line& line);
  Status state(Line& line);
  Status timeout(Line& line);
  Status campaign(Line& line);
  Status tick(Line& line);
  Status propose(Line& line);
  Status read(Line& line);
  Status change(Line& line);
  Status transfer(Line& line);
  Status deliver(Line& line);
  Status drop(Line& line);
  Status duplicate(Line& line);
  Status cut(Line& line);
  Status heal(Line& line);
  Status disk(Line& line);
  Status crash(Line& line);
  Status restart(Line& line);
  Status corrupt(Line& line);
  Status compact(Line& line);
  Status stabilize(Line& line);
  Status message(Line& line);

  Status expect(Line& line);
  Status expect_config(Line& line);
  Status expect_read(Line& line);
  Status expect_leader(Line& line);
  Status expect_reply(Line& line);
  Status expect_safe(Line& line);

  RaftWorld world_;
};

}  // namespace es::scenario
