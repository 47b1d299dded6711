#include "tests/sim/speed.h"

#include "tests/sim/cluster.h"

namespace es::sim {

struct Speed::Scene {
  Cluster cluster{ClusterOptions{}};
  uint64_t written = 0;
};

Speed::Speed() : scene_(std::make_unique<Scene>()) {
  NodeDescription description;
  description.platform = {"arm64", "linux", "v8"};
  description.resources.cpu_nano = 4'000'000'000;
  description.resources.memory_bytes = 1'024 << 20;
  Cluster& cluster = scene_->cluster;
  for (size_t i = 0; i < 8; ++i) {
    cluster.add("n" + std::to_string(i), description, i < 3 ? NodeRole::kManager : NodeRole::kWorker);
    cluster.run(seconds(1));
  }
  cluster.run(seconds(10));
  for (int i = 0; i < 4; ++i) {
    ServiceSpec spec;
    spec.name = "s" + std::to_string(i);
    spec.task.container.image = "steady";
    spec.mode.replicated = ReplicatedMode{4};
    static_cast<void>(cluster.command(orchestrator::CreateService{spec}).ok());
  }
  cluster.run(seconds(5));
}

Speed::~Speed() = default;

uint64_t Speed::play(Duration time) {
  Cluster& cluster = scene_->cluster;
  const uint64_t before = cluster.world().steps;
  const Instant end = cluster.world().schedule.now() + time;
  while (cluster.world().schedule.now() < end) {
    const auto service = cluster.tables()->service_by_name("s0");
    ServiceSpec spec = service->spec;
    spec.labels["written"] = std::to_string(++scene_->written);
    cluster.leader()->command(orchestrator::UpdateService{service->id, service->meta.version, spec, false},
                              [](const auto&) {});
    cluster.run(seconds(5));
  }
  return cluster.world().steps - before;
}

}  // namespace es::sim
