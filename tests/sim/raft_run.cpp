#include "tests/sim/raft_run.h"

#include <cinttypes>
#include <cstdio>

#include "tests/sim/raft_sim.h"

namespace es::sim {

int run_raft_seeds(uint64_t from, uint64_t seeds) {
  RaftSimReport total;
  uint64_t failed = 0;
  FastHash traces;
  for (uint64_t seed = from; seed < from + seeds; ++seed) {
    const RaftSimReport report = RaftSim(raft_sim_options(seed)).run();
    if (!report.problem.empty()) {
      ++failed;
      std::printf("FAIL raft seed %" PRIu64 ": %s\n", seed, report.problem.c_str());
      std::fflush(stdout);
    }
    traces.add(report.trace_hash);
    total += report;
  }
  std::printf("%s, traces %016" PRIx64 "\n", total.trouble().c_str(), traces.value());
  std::printf("%" PRIu64 " passed, %" PRIu64 " failed\n", seeds - failed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace es::sim
