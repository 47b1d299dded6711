#pragma once
// Is there an order of all operations, each at one instant between its invocation and its
// completion, in which every answer is right? (Herlihy and Wing, "Linearizability", TOPLAS 1990.)
//
// Objects are independent, so each is judged alone. The search is Wing and Gong's with the
// memoisation of Lowe ("Testing for linearizability", CCPE 2017): a set of operations that leaves a
// state that was reached before with the same set leads nowhere new.
//
// An operation of unknown outcome may take effect at any time after its invocation, or never.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/judge/history.h"

namespace es::judge {

enum class Finding : uint8_t {
  kExplained,
  kBroken,
  kUndecided,  // the bound was reached first; nobody may call that a success
};

struct Options {
  uint64_t max_states = 2'000'000;  // of one object
};

struct Verdict {
  Finding finding = Finding::kExplained;
  Token object = 0;     // the first that is not explained
  std::string text;     // empty when all is explained; for people
  uint64_t objects = 0;
  uint64_t operations = 0;
  uint64_t states = 0;  // that the search has seen

  bool explained() const { return finding == Finding::kExplained; }
};

// A broken object is told before an undecided one.
Verdict judge(const History& history, const Options& options = {});

}  // namespace es::judge
