// Many seeds of trouble over a raft-only cluster, and that the trouble was real.

#include <cstdlib>
#include <string>

#include "doctest/doctest.h"
#include "tests/sim/raft_sim.h"

using es::sim::raft_sim_options;
using es::sim::RaftSim;
using es::sim::RaftSimReport;

namespace {

// RAFT_SEEDS=10000 for a long run, RAFT_SEED=77 for one seed alone.
uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

TEST_CASE("the five properties hold under trouble, and the cluster converges after it") {
  const uint64_t first = number_from_environment("RAFT_SEED", 1);
  const uint64_t count =
      std::getenv("RAFT_SEED") != nullptr ? 1 : number_from_environment("RAFT_SEEDS", 300);
  RaftSimReport total;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    CAPTURE(seed);
    const RaftSimReport report = RaftSim(raft_sim_options(seed)).run();
    REQUIRE(report.problem == "");
    total += report;
  }
  MESSAGE("seeds " << count << ", " << total.trouble());
  if (count < 100) return;
  CHECK(total.committed > 10 * count);
  CHECK(total.elections > 2 * count);
  CHECK(total.crashes > count);
  CHECK(total.rot > count / 10);
  CHECK(total.lies > count / 30);
  CHECK(total.snapshots_installed > count / 10);
  CHECK(total.changes > count / 2);
  CHECK(total.reads_confirmed > count / 2);
  CHECK(total.lost_quorums < count / 20);
}

TEST_CASE("the same seed gives the same trace") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    CHECK(RaftSim(raft_sim_options(seed)).run().trace_hash ==
          RaftSim(raft_sim_options(seed)).run().trace_hash);
  }
}
