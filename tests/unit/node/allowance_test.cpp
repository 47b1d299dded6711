// What a node can make the others do by its messages alone.

#include "core/node/allowance.h"

#include "tests/unit/node/lan.h"

namespace es::node {

namespace {

struct Flood {
  Lan lan;

  void say(Body body) {
    lan.step(lan.manager, PeerMessage{{kCluster, kWorkerNode, NodeRole::kWorker}, lan.at(lan.worker).address, {std::move(body)}});
    lan.run(milliseconds(10));
  }
  const Node& manager() { return *lan.at(lan.manager).node; }
  uint64_t index() { return manager().tables()->index(); }
  std::string label() {
    const auto labels = manager().tables()->node(kWorkerNode)->description.engine_labels;
    return labels.contains("n") ? labels.at("n") : "";
  }
};

}  // namespace

TEST_CASE("an allowance: so many at once, one more each pause after that, and each node has its own") {
  Allowance allowance(3, seconds(5));
  const NodeId other{{9, 9}};
  const Instant start{seconds(100).ns};
  for (int i = 0; i < 3; ++i) CHECK(allowance.take(start, kWorkerNode));
  CHECK_FALSE(allowance.take(start, kWorkerNode));
  CHECK(allowance.next(kWorkerNode) == start + seconds(5));
  CHECK(allowance.take(start, other));
  CHECK_FALSE(allowance.take(start + seconds(5) - milliseconds(1), kWorkerNode));
  CHECK(allowance.take(start + seconds(5), kWorkerNode));
  CHECK_FALSE(allowance.take(start + seconds(6), kWorkerNode));
  for (int i = 0; i < 3; ++i) CHECK(allowance.take(start + seconds(60), kWorkerNode));
  CHECK_FALSE(allowance.take(start + seconds(60), kWorkerNode));
  allowance.forget(kWorkerNode);
  CHECK(allowance.take(start + seconds(60), kWorkerNode));
}

TEST_CASE("a node that says something new of itself all the time is written down now and then, its last word in the end") {
  Flood flood;
  const uint64_t before = flood.index();
  wire::Register registration;
  registration.description = description("w1");
  registration.address = flood.lan.at(flood.lan.worker).address;
  registration.incarnation = flood.manager().tables()->node(kWorkerNode)->incarnation;
  for (int i = 1; i <= 200; ++i) {
    registration.description.engine_labels["n"] = std::to_string(i);
    flood.say(registration);
  }
  CHECK(flood.index() - before <= kRegistrationsAtOnce + 1);
  CHECK(flood.label() != "200");
  flood.lan.run(kRegistrationPause + milliseconds(100));
  CHECK(flood.label() == "200");
}

TEST_CASE("certificates are signed for a node now and then, however often it asks") {
  Flood flood;
  for (int i = 0; i < 200; ++i) flood.say(wire::CertificateRequest{"request"});
  CHECK(flood.lan.at(flood.lan.manager).signatures == kCertificatesAtOnce);
  flood.lan.run(kCertificatePause);
  flood.say(wire::CertificateRequest{"request"});
  CHECK(flood.lan.at(flood.lan.manager).signatures == kCertificatesAtOnce + 1);
}

}  // namespace es::node
