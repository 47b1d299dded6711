// simulate: whole clusters, one seed after the other.
//
//     simulate [--raft] [--seeds N] [--from S] [--seed S] [--twice K]
//
// --seed runs one; --twice runs each K-th seed a second time and compares the traces; --raft runs Raft alone
// (tests/sim/raft_sim.h), with more trouble and many more seeds a second.

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "tests/planted.h"
#include "tests/sim/raft_run.h"
#include "tests/sim/storm.h"

namespace {

struct Arguments {
  bool raft = false;
  uint64_t seeds = 500;
  uint64_t from = 1;
  uint64_t twice = 10;
};

bool parse(int count, char** words, Arguments& out) {
  for (int i = 1; i < count; ++i) {
    const std::string_view option = words[i];
    if (option == "--raft") {
      out.raft = true;
      continue;
    }
    if (i + 1 == count) return false;
    const char* text = words[++i];
    uint64_t value = 0;
    const char* end = text + std::strlen(text);
    if (std::from_chars(text, end, value).ptr != end) return false;
    if (option == "--seeds") {
      out.seeds = value;
    } else if (option == "--from") {
      out.from = value;
    } else if (option == "--twice") {
      out.twice = value;
    } else if (option == "--seed") {
      out.from = value;
      out.seeds = 1;
      out.twice = 1;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  if (const int status = es::plant_from_environment(); status >= 0) return status;
  Arguments arguments;
  if (!parse(count, words, arguments)) {
    std::fprintf(stderr, "usage: simulate [--raft] [--seeds N] [--from S] [--seed S] [--twice K]\n");
    return 2;
  }
  if (arguments.raft) return es::sim::run_raft_seeds(arguments.from, arguments.seeds);
  uint64_t passed = 0;
  uint64_t failed = 0;
  uint64_t steps = 0;
  for (uint64_t seed = arguments.from; seed < arguments.from + arguments.seeds; ++seed) {
    es::sim::StormResult result = es::sim::run_storm(seed);
    steps += result.steps;
    if (result.violation.empty() && arguments.twice != 0 && seed % arguments.twice == 0) {
      if (es::sim::run_storm(seed).trace_hash != result.trace_hash) {
        result.violation = "the same seed gave another trace";
      }
    }
    if (result.violation.empty()) {
      ++passed;
    } else {
      ++failed;
      std::printf("FAIL seed %llu: %s\n", static_cast<unsigned long long>(seed), result.violation.c_str());
    }
    if (arguments.seeds == 1) {
      std::printf("seed %llu: trace %016llx, %llu steps\n", static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(result.trace_hash), static_cast<unsigned long long>(result.steps));
    }
    std::fflush(stdout);
  }
  std::printf("%llu steps in %llu seeds\n%llu passed, %llu failed\n", static_cast<unsigned long long>(steps),
              static_cast<unsigned long long>(arguments.seeds), static_cast<unsigned long long>(passed),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}
