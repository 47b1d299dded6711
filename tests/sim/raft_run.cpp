#include "tests/sim/raft_run.h"

#include <cinttypes>
#include <cstdio>

#include "tests/sim/raft_sim.h"

namespace es::sim {

int run_raft_seeds(uint64_t from, uint64_t seeds) {
  RaftSimReport total;
  uint64_t failed = 0;
  Hash64 traces;
  for (uint64_t seed = from; seed < from + seeds; ++seed) {
    const RaftSimReport report = RaftSim(raft_sim_options(seed)).run();
    if (!report.problem.empty()) {
      ++failed;
      std::printf("FAIL raft seed %" PRIu64 ": %s\n", seed, report.problem.c_str());
      std::fflush(stdout);
    }
    traces.add(report.trace_hash);
    total.committed += report.committed;
    total.elections += report.elections;
    total.crashes += report.crashes;
    total.rot += report.rot;
    total.lies += report.lies;
    total.snapshots_installed += report.snapshots_installed;
    total.changes += report.changes;
    total.reads_confirmed += report.reads_confirmed;
    total.lost_quorums += report.lost_quorums;
  }
  std::printf("committed %" PRIu64 ", elections %" PRIu64 ", crashes %" PRIu64 ", rot %" PRIu64
              ", lies %" PRIu64 ", snapshots %" PRIu64 ", changes %" PRIu64 ", reads %" PRIu64
              ", lost quorums %" PRIu64 ", traces %016" PRIx64 "\n",
              total.committed, total.elections, total.crashes, total.rot, total.lies,
              total.snapshots_installed, total.changes, total.reads_confirmed, total.lost_quorums,
              traces.value());
  std::printf("%" PRIu64 " passed, %" PRIu64 " failed\n", seeds - failed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace es::sim
