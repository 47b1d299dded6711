#include "core/base/prng.h"
#include "core/orchestrator/command.h"
#include "doctest/doctest.h"

namespace es::orchestrator {

namespace {

// A cluster object that was stored, and commands that change it.
struct Bench {
  state::Tables tables;
  Prng prng{1};
  state::Liveness liveness;
  uint64_t index = 0;

  Bench() {
    Cluster cluster;
    cluster.id = ClusterId::draw(prng);
    cluster.join_secrets = {std::string(16, 'w'), std::string(16, 'm')};
    apply({cluster});
  }
  void apply(std::vector<state::Action> actions) {
    REQUIRE_FALSE(tables.apply(++index, {{}, WallTime{5}, std::move(actions)}).refused);
  }
  Result<CommandAnswer> run(UpdateCluster command) {
    state::Draft draft(tables);
    size_t state_bytes = 0;
    auto answer = execute(Command(std::move(command)), draft, {liveness, WallTime{6}, prng, state_bytes});
    if (answer.ok()) apply(draft.take_actions());
    return answer;
  }
  UpdateCluster update(JoinSecrets fresh = {}) const {
    return {tables.cluster()->meta.version, tables.cluster()->spec, std::move(fresh)};
  }
};

}  // namespace

TEST_CASE("a join secret is replaced by what was sent, and the other one stays") {
  const std::string fresh(16, 'f');
  Bench bench;
  REQUIRE(bench.run(bench.update({fresh, {}})).ok());
  CHECK(bench.tables.cluster()->join_secrets == JoinSecrets{fresh, std::string(16, 'm')});
  REQUIRE(bench.run(bench.update({{}, fresh})).ok());
  CHECK(bench.tables.cluster()->join_secrets == JoinSecrets{fresh, fresh});
  REQUIRE(bench.run(bench.update()).ok());
  CHECK(bench.tables.cluster()->join_secrets == JoinSecrets{fresh, fresh});
  CHECK(bench.run(bench.update({"short", {}})).error().code == Errc::kInvalid);
}

TEST_CASE("an update of the cluster is based on its newest version") {
  Bench bench;
  const UpdateCluster stale = bench.update();
  REQUIRE(bench.run(bench.update({std::string(16, 'x'), {}})).ok());
  CHECK(bench.run(stale).error().code == Errc::kOutOfSequence);
}

}  // namespace es::orchestrator
