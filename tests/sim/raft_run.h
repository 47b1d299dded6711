#pragma once
// Many seeds of the raft-only cluster, one after the other: `simulate --raft`.

#include <cstdint>

namespace es::sim {

// Prints what failed and what the trouble amounted to. The exit status of the program.
int run_raft_seeds(uint64_t from, uint64_t seeds);

}  // namespace es::sim
