// How large the tables are as a snapshot is known without taking one: commands are refused by it.

#include <doctest.h>

#include "tests/unit/node/lone_manager.h"

namespace es::node {

namespace {

void check_is_near(const LoneManager& manager) {
  const auto taken = static_cast<double>(manager.node->tables()->snapshot().size());
  CHECK(static_cast<double>(manager.node->replica()->state_bytes()) == doctest::Approx(taken).epsilon(0.02));
}

}  // namespace

TEST_CASE("the size of the tables follows what is made and removed, between snapshots and across them") {
  constexpr int kCount = 30;  // with two snapshots on the way
  constexpr size_t kBytes = 300'000;
  LoneManager manager;
  manager.settle();
  for (int i = 0; i < kCount; ++i) {
    manager.create_service("s" + std::to_string(i), kBytes);
    manager.run(milliseconds(100));
    check_is_near(manager);
  }
  CHECK(manager.node->replica()->state_bytes() > kCount * kBytes);
  for (int i = 1; i < kCount; ++i) {
    const auto service = manager.node->tables()->service_by_name("s" + std::to_string(i));
    REQUIRE(service);
    manager.step(ClientCommand{++manager.last_request, orchestrator::RemoveService{service->id}});
    manager.run(milliseconds(100));
    check_is_near(manager);
  }
}

TEST_CASE("the size of the tables follows updates of services and of their tasks") {
  LoneManager manager;
  manager.settle();
  manager.create_service("web", 300'000);
  manager.run(seconds(1));
  check_is_near(manager);
  for (int i = 0; i < 8; ++i) {
    const auto service = manager.node->tables()->service_by_name("web");
    ServiceSpec spec = service->spec;
    spec.labels["update"] = std::to_string(i);
    manager.step(ClientCommand{++manager.last_request, orchestrator::UpdateService{service->id, service->meta.version, spec}});
    manager.run(seconds(1));
    CHECK(manager.node->tables()->service_by_name("web")->spec.labels == spec.labels);
    check_is_near(manager);
  }
}

}  // namespace es::node
