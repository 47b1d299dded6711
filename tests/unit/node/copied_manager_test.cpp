// The data directory of a swarm's only manager in two boards.

#include "core/wire/codec.h"
#include "tests/unit/node/lan.h"

namespace es::node {

namespace {

constexpr const char* kToldTheOriginal = "another board runs with a copy of this node's identity";
const NodeId kSecondManager{{9, 3}};

// The manager leads a group of two from now on.
void make_a_pair(Lan& lan) {
  lan.kill(lan.manager);
  sim::Disk& disk = lan.at(lan.manager).disk;
  const state::Tables tables = Replica::tables_on(disk.content()).value();
  es::Cluster cluster = *tables.cluster();
  es::Node first = *tables.node(kManagerNode);
  es::Node worker = *tables.node(kWorkerNode);
  cluster.meta = first.meta = worker.meta = {};
  es::Node second = first;
  second.id = kSecondManager;
  second.address.ip = "10.0.0.4";
  second.manager = ManagerInfo{2};
  ports::Batch batch = Replica::first_batch(1, {{kManagerNode, 2}, WallTime{1}, {cluster, first, worker, second}});
  raft::Configuration both;
  both.voters = {1, 2};
  batch.snapshot->configuration = wire::encode(both);
  batch.hard_state = ports::StoredHardState{20, 0};
  disk.write_now(batch);
  wire::Membership membership = Node::membership_on(disk.content()).value().value();
  membership.node = kSecondManager;
  membership.raft_id = 2;
  membership.address = second.address;
  batch.facts = Node::joined(membership).facts;
  const size_t machine = lan.add(kSecondManager, second.address.ip);
  lan.at(machine).disk.write_now(batch);
  lan.start(lan.manager);
  for (int attempt = 0; attempt < 20 && !lan.at(lan.manager).node->leads(); ++attempt) {
    lan.kill(machine);
    lan.start(machine);
    lan.run(seconds(8));
  }
  REQUIRE(lan.at(lan.manager).node->leads());
}

}  // namespace

TEST_CASE("the copy of an only manager stays out, both say so, and the worker keeps to the original") {
  for (uint64_t seed = 50; seed < 70; seed += 2) {  // whichever of the two decides
    CAPTURE(seed);
    Lan lan;
    lan.seed = seed;
    const uint64_t session = lan.at(lan.worker).node->agent().session_check().session;
    const size_t copy = lan.copy(lan.manager, "10.0.0.3");
    lan.start(copy);
    lan.run(seconds(10));
    CHECK(lan.at(copy).node->kept_out().has_value());
    CHECK(lan.count(copy, "this one stays out; erase its data directory (`edgeswarm leave --force`)") == 1);
    CHECK(lan.count(lan.manager, kToldTheOriginal) == 1);
    CHECK_FALSE(lan.at(lan.manager).node->kept_out().has_value());
    CHECK(lan.at(lan.manager).node->leads());
    CHECK(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
    CHECK(lan.at(lan.worker).node->leader() == kManagerNode);
    CHECK(lan.at(lan.worker).node->agent().session_check().session >= session);
    CHECK(lan.at(lan.worker).node->gossip().members().at(kManagerNode).record.address.ip == "10.0.0.1");
    // It goes on saying no, also after its own restart.
    lan.kill(copy);
    lan.start(copy);
    lan.run(seconds(10));
    CHECK(lan.count(copy, "this one stays out") == 2);
    CHECK(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
  }
}

TEST_CASE("a worker that followed the copy of an only manager comes back to the original, whose term is above the copy's") {
  Lan lan;
  const size_t copy = lan.copy(lan.manager, "10.0.0.3");
  // The worker has no session when the copy says hello.
  lan.kill(lan.worker);
  lan.start(copy);
  lan.run(milliseconds(200));
  REQUIRE(lan.at(copy).node->leads());
  REQUIRE(lan.term(copy) > lan.term(lan.manager));
  lan.start(lan.worker);
  lan.run(seconds(15));
  CHECK(lan.at(copy).node->kept_out().has_value());
  CHECK(lan.at(lan.manager).node->leads());
  CHECK(lan.term(lan.manager) > lan.term(copy));
  CHECK(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
}

TEST_CASE("a member of a group is never kept out for a card from the time when it was the only manager") {
  for (uint64_t seed = 50; seed < 70; seed += 2) {  // whichever of the two decides
    CAPTURE(seed);
    Lan lan;
    lan.seed = seed;
    const size_t copy = lan.copy(lan.manager, "10.0.0.3");
    make_a_pair(lan);
    // The worker hears both: it is told of the original while it has its session with the copy, or the other way round.
    if (seed % 4 == 0) lan.kill(lan.worker);
    lan.start(copy);
    lan.run(seconds(1));
    if (seed % 4 == 0) lan.start(lan.worker);
    lan.run(seconds(30));
    CHECK_FALSE(lan.at(lan.manager).node->kept_out().has_value());
    CHECK(lan.at(copy).node->kept_out().has_value());
  }
}

TEST_CASE("an only manager that restarts is no copy of itself, wherever it comes back") {
  Lan lan;
  for (int i = 0; i < 3; ++i) {
    lan.kill(lan.manager);
    lan.at(lan.manager).address.ip = "10.0.0." + std::to_string(10 + i);
    lan.start(lan.manager);
    lan.run(seconds(8));
    CHECK(lan.at(lan.manager).node->leads());
    CHECK(lan.at(lan.manager).node->liveness(kWorkerNode) == NodeState::kReady);
  }
  CHECK(lan.count(lan.manager, "another board") == 0);
}

TEST_CASE("nobody gives an only manager orders under its own identity") {
  Lan lan;
  Node& node = *lan.at(lan.manager).node;
  const PeerIdentity itself{kCluster, kManagerNode, NodeRole::kManager};
  for (unsigned kind = 1; kind <= static_cast<unsigned>(identity::MessageKind::kAnotherStart); ++kind) {
    const auto one = static_cast<identity::MessageKind>(kind);
    const bool is_of_identity = one == identity::MessageKind::kIdentityQuestion || one == identity::MessageKind::kIdentityAnswer ||
                                one == identity::MessageKind::kDuplicate;
    CHECK(node.may_say(itself, one, lan.now) == is_of_identity);
  }
}

}  // namespace es::node
