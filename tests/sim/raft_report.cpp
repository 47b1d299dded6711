// What a run of the Raft simulator amounted to.

#include <string>

#include "tests/sim/raft_sim.h"

namespace es::sim {

RaftSimReport& RaftSimReport::operator+=(const RaftSimReport& other) {
  committed += other.committed;
  elections += other.elections;
  crashes += other.crashes;
  rot += other.rot;
  lies += other.lies;
  snapshots_installed += other.snapshots_installed;
  changes += other.changes;
  reads_confirmed += other.reads_confirmed;
  lost_quorums += other.lost_quorums;
  return *this;
}

std::string RaftSimReport::trouble() const {
  return "committed " + std::to_string(committed) + ", elections " + std::to_string(elections) + ", crashes " +
         std::to_string(crashes) + ", rot " + std::to_string(rot) + ", lies " + std::to_string(lies) + ", snapshots " +
         std::to_string(snapshots_installed) + ", changes " + std::to_string(changes) + ", reads " +
         std::to_string(reads_confirmed) + ", lost quorums " + std::to_string(lost_quorums);
}

}  // namespace es::sim
