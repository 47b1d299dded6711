// Sessions of an agent with its leader, and what they bring about, without a cluster.

#include <doctest.h>

#include "core/wire/codec.h"
#include "tests/unit/node/lone_worker.h"

namespace es::node {

constexpr uint64_t kSession = (uint64_t{3} << 32) + 2;

TEST_CASE("a closed session is not opened again, so none of its acknowledgements is misunderstood") {
  Worker worker;
  worker.open(kSession);
  CHECK(worker.registers_within(seconds(2)) == 0);
  worker.step(PeerLost{worker.manager.node});
  worker.open(kSession);  // the leader said once more what changed, before it heard of the loss
  CHECK(worker.registers_within(seconds(2)) > 0);
  worker.open(kSession + 1);
  CHECK(worker.registers_within(seconds(2)) == 0);
}

TEST_CASE("an older term is believed after a while without a session: all managers may be older copies") {
  constexpr uint64_t kNewer = (uint64_t{90} << 32) + 7;
  Worker worker;
  worker.open(kNewer);
  CHECK(worker.registers_within(seconds(1)) == 0);
  worker.open(kSession);  // of somebody who leads no more
  CHECK(worker.node->leader() == worker.manager.node);
  worker.step(PeerLost{worker.manager.node});
  worker.registers_within(kTermPatience - seconds(1));
  worker.open(kSession);
  CHECK(worker.registers_within(kRegisterRetryMax) > 0);
  worker.open(kSession);
  CHECK(worker.registers_within(seconds(2)) == 0);
  CHECK(worker.lines.back().find("the leader's term is 3 after 90") == 0);
  // The same within one term: of the one that led it before, or of another one, as long as it is not known who leads.
  worker.step(PeerLost{worker.manager.node});
  worker.registers_within(kTermPatience + milliseconds(100));
  worker.open(kSession);  // the last one itself is not opened again
  CHECK(worker.registers_within(kRegisterRetryMax) > 0);
  worker.open(kSession - 1);
  CHECK(worker.registers_within(seconds(2)) == 0);
}

TEST_CASE("the log and the role that it belongs to change in one batch") {
  Worker worker;
  worker.promote(kSession);
  const ports::Batch& batch = worker.writes[0].batch;
  CHECK(batch.reset_log);
  REQUIRE(batch.facts.contains(kMembershipFact));
  const auto membership = wire::decode<wire::Membership>(*batch.facts.at(kMembershipFact));
  REQUIRE(membership.ok());
  CHECK(membership->role == NodeRole::kManager);
  CHECK(membership->raft_id == 5);
}

TEST_CASE("the records that a failed disk missed are written first when it works again") {
  Worker worker;
  worker.promote(kSession);
  const uint64_t failed = worker.writes[0].id;
  worker.writes.clear();
  worker.step(Persisted{failed, Error{Errc::kIo, "the data disk fails"}});
  CHECK(worker.node->disk_trouble() == std::string("the data disk fails"));
  worker.registers_within(seconds(1));
  REQUIRE(worker.reopens == 1);
  CHECK(worker.writes.empty());
  ports::Loaded loaded;  // what the disk held before
  loaded.hard_state = {9, 1};
  worker.step(StoreReopened{loaded});
  REQUIRE_FALSE(worker.writes.empty());
  CHECK(worker.writes[0].batch.reset_log);
  CHECK(worker.writes[0].batch.facts.contains(kMembershipFact));
  CHECK_FALSE(worker.node->disk_trouble());
  REQUIRE(worker.node->replica() != nullptr);
  CHECK(worker.node->replica()->raft().term() == 0);  // its log begins anew, whatever was there
}

}  // namespace es::node
