#include "core/state/bounds.h"
#include "doctest.h"
#include "tests/unit/orchestrator/small_cluster.h"

namespace es::orchestrator {

TEST_CASE("a service specification is refused in one clear sentence") {
  struct Case {
    const char* message;
    std::function<void(ServiceSpec&)> edit;
    Errc code = Errc::kInvalid;
  };
  const Case cases[] = {
      {"meta: name must be provided", [](ServiceSpec& s) { s.name.clear(); }},
      {"meta: name must be 63 characters or fewer",
       [](ServiceSpec& s) { s.name = std::string(64, 'a'); }},
      {"name must be valid as a DNS name component", [](ServiceSpec& s) { s.name = "a.b"; }},
      {"name must be valid as a DNS name component", [](ServiceSpec& s) { s.name = "-a"; }},
      {"name must be valid as a DNS name component", [](ServiceSpec& s) { s.name = "a_"; }},
      {"ContainerSpec: image reference must be provided",
       [](ServiceSpec& s) { s.task.container.image.clear(); }},
      {"ContainerSpec: \"a b\" is not a valid repository/tag",
       [](ServiceSpec& s) { s.task.container.image = "a b"; }},
      {"ContainerSpec: \":latest\" is not a valid repository/tag",
       [](ServiceSpec& s) { s.task.container.image = ":latest"; }},
      {"ContainerSpec: \"@sha256:zz\" is not a valid repository/tag",
       [](ServiceSpec& s) { s.task.container.image = "@sha256:zz"; }},
      {"ContainerSpec: \"UPPER/../x\" is not a valid repository/tag",
       [](ServiceSpec& s) { s.task.container.image = "UPPER/../x"; }},
      {"invalid memory value 4194303: Must be at least 4MiB",
       [](ServiceSpec& s) { s.task.resources.limits.memory_bytes = 4 * kMiB - 1; }},
      {"invalid memory value -1: Must be at least 4MiB",
       [](ServiceSpec& s) { s.task.resources.reservations.memory_bytes = -1; }},
      {"invalid cpu value 999999 nano: Must be at least 0.001",
       [](ServiceSpec& s) { s.task.resources.reservations.cpu_nano = 999'999; }},
      {"the memory reservation is above the memory limit",
       [](ServiceSpec& s) {
         s.task.resources.limits.memory_bytes = 8 * kMiB;
         s.task.resources.reservations.memory_bytes = 9 * kMiB;
       }},
      {"TaskSpec: restart-delay cannot be negative",
       [](ServiceSpec& s) { s.task.restart.delay = seconds(-1); }},
      {"TaskSpec: restart-window cannot be negative",
       [](ServiceSpec& s) { s.task.restart.window = seconds(-1); }},
      {"TaskSpec: unknown restart condition",
       [](ServiceSpec& s) { s.task.restart.condition = static_cast<RestartCondition>(9); }},
      {"constraint \"node.id=x\" needs one of the operators == and !=, as in node.labels.az==az1",
       [](ServiceSpec& s) { s.task.placement.constraints = {"node.id=x"}; }},
      {"ContainerSpec: duplicate mount point: /data",
       [](ServiceSpec& s) {
         s.task.container.mounts = {{.source = "/a", .target = "/data"},
                                    {.source = "/b", .target = "/data"}};
       }},
      {"ContainerSpec: mount \"data\": the target must be an absolute path",
       [](ServiceSpec& s) { s.task.container.mounts = {{.source = "/a", .target = "data"}}; }},
      {"ContainerSpec: mount \"/a/../b\": the target must not contain \"..\"",
       [](ServiceSpec& s) { s.task.container.mounts = {{.source = "/a", .target = "/a/../b"}}; }},
      {"ContainerSpec: mount \"/data\": a tmpfs has no source",
       [](ServiceSpec& s) {
         s.task.container.mounts = {{.type = MountType::kTmpfs, .source = "/a", .target = "/data"}};
       }},
      {"TaskSpec: update-delay cannot be negative",
       [](ServiceSpec& s) { s.update.emplace().delay = seconds(-1); }},
      {"TaskSpec: rollback-monitor cannot be negative",
       [](ServiceSpec& s) { s.rollback.emplace().monitor = seconds(-1); }},
      {"TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1",
       [](ServiceSpec& s) { s.update.emplace().max_failure_ratio_millionths = 1'000'001; }},
      {"exactly one service mode must be given",
       [](ServiceSpec& s) { s.mode.global = GlobalMode{}; }},
      {"exactly one service mode must be given", [](ServiceSpec& s) { s.mode = {}; }},
      {"job-mode services cannot have update or rollback options",
       [](ServiceSpec& s) {
         s.mode = {};
         s.mode.global_job = GlobalJobMode{};
         s.update.emplace();
       }},
      {"at most 10000 replicas are possible",
       [](ServiceSpec& s) { s.mode.replicated->replicas = 10'001; }},
      {"network \"overlay\" is not available: services can use host and none",
       [](ServiceSpec& s) {
         s.task.networks = {{"overlay", {}}};
       },
       Errc::kUnsupported},
      {"service web would have a specification of 614429 bytes; at most 524288 are possible",
       [](ServiceSpec& s) { s.task.container.env = {"A=" + std::string(600 * 1024, 'x')}; }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.message);
    SmallCluster cluster;
    const uint64_t before = cluster.changes();
    ServiceSpec spec = spec_of("web");
    one.edit(spec);
    const auto answer = cluster.execute(CreateService{spec});
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().message == one.message);
    CHECK(answer.error().code == one.code);
    CHECK(cluster.changes() == before);
  }
}

TEST_CASE("durations of a specification have an end, by far below that of time") {
  struct Case {
    std::string what;
    std::function<void(ServiceSpec&, Duration)> set;
  };
  const Case cases[] = {
      {"TaskSpec: restart-delay", [](ServiceSpec& s, Duration d) { s.task.restart.delay = d; }},
      {"TaskSpec: restart-window", [](ServiceSpec& s, Duration d) { s.task.restart.window = d; }},
      {"ContainerSpec: stop-grace-period", [](ServiceSpec& s, Duration d) { s.task.container.stop_grace_period = d; }},
      {"TaskSpec: update-delay", [](ServiceSpec& s, Duration d) { s.update.emplace().delay = d; }},
      {"TaskSpec: update-monitor", [](ServiceSpec& s, Duration d) { s.update.emplace().monitor = d; }},
      {"TaskSpec: rollback-delay", [](ServiceSpec& s, Duration d) { s.rollback.emplace().delay = d; }},
      {"TaskSpec: rollback-monitor", [](ServiceSpec& s, Duration d) { s.rollback.emplace().monitor = d; }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    SmallCluster cluster;
    const auto with = [&](Duration value) {
      ServiceSpec spec = spec_of("web");
      one.set(spec, value);
      return cluster.execute(CreateService{spec});
    };
    for (const int64_t ns : {INT64_MAX, hours(876'000).ns + 1}) {
      CHECK(with({ns}).error().message == one.what + " cannot be " + std::to_string(ns) +
                                              " ns: at most 3153600000000000000 ns (100 years) are possible");
    }
    CHECK(with({INT64_MIN}).error().message == one.what + " cannot be negative");
    CHECK(with(hours(876'000)).ok());
  }
}

TEST_CASE("services: names, versions, modes") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.create(spec_of("web"));
  CHECK(cluster.execute(CreateService{spec_of("web")}).error().message ==
        "name conflicts with an existing object");

  const Service service = cluster.service("web");
  ServiceSpec spec = service.spec;
  CHECK(cluster.execute(UpdateService{ServiceId{{1, 1}}, {}, spec}).error().code ==
        Errc::kNotFound);
  CHECK(cluster.execute(UpdateService{service.id, {service.meta.version.index - 1}, spec})
            .error()
            .code == Errc::kOutOfSequence);
  const auto no_previous =
      cluster.execute(UpdateService{service.id, service.meta.version, {}, true});
  CHECK(no_previous.error().message == "service web does not have a previous spec");
  spec.name = "web2";
  CHECK(cluster.execute(UpdateService{service.id, service.meta.version, spec}).error().message ==
        "renaming services is not supported");
  spec = service.spec;
  spec.mode = {};
  spec.mode.global = GlobalMode{};
  CHECK(cluster.execute(UpdateService{service.id, service.meta.version, spec}).error().message ==
        "service mode change is not allowed");
  CHECK(cluster.execute(RemoveService{ServiceId{{1, 1}}}).error().code == Errc::kNotFound);
}

TEST_CASE("services: together they are bounded, an update counts once") {
  SmallCluster cluster;  // without a node, so that the tasks only wait
  cluster.create(spec_of("a", 100));
  const auto more = cluster.execute(CreateService{spec_of("b", 9'901)});
  REQUIRE_FALSE(more.ok());
  CHECK(more.error().code == Errc::kLimit);
  CHECK(more.error().message ==
        "the services would have 10001 replicas together, at most 10000 are possible");
  cluster.scale("a", 200);
  CHECK(cluster.tasks("a").size() == 200);
}

TEST_CASE("the tables are bounded as a whole: what users write may not make them grow, and what shrinks them is never refused") {
  SmallCluster cluster;
  cluster.add_node("n1");
  ServiceSpec large = spec_of("large");
  large.task.container.env = {std::string(1'000, 'x')};
  cluster.create(large);
  const Service service = cluster.service("large");
  const auto run = [&](const Command& command, size_t state_bytes) {
    cluster.state_bytes = state_bytes;
    return cluster.execute(command);
  };
  const auto refused = run(CreateService{spec_of("more")}, state::kMaxStateBytes);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::kLimit);
  CHECK(refused.error().message.ends_with("bytes, at most 33554432 are possible: remove services that are not needed"));
  // The tasks of the old version keep it for a while.
  ServiceSpec other = large;
  other.task.container.env = {std::string(1'000, 'y')};
  CHECK(run(UpdateService{service.id, service.meta.version, other}, state::kMaxStateBytes - 1'900).error().code == Errc::kLimit);
  Node node = cluster.node("n1");
  node.spec.labels["more"] = "x";
  CHECK(run(UpdateNode{node.id, node.meta.version, node.spec}, state::kMaxStateBytes).error().code == Errc::kLimit);
  ClusterSpec settings = cluster.tables().cluster()->spec;
  settings.labels["more"] = "x";
  const Version of_settings = cluster.tables().cluster()->meta.version;
  CHECK(run(UpdateCluster{of_settings, settings, {}}, state::kMaxStateBytes).error().code == Errc::kLimit);

  CHECK(run(CreateService{spec_of("more")}, state::kMaxStateBytes - 1'000).ok());
  CHECK(run(RemoveService{service.id}, state::kMaxStateBytes).ok());
  node.spec.labels.clear();
  CHECK(run(UpdateNode{node.id, node.meta.version, node.spec}, state::kMaxStateBytes).ok());
}

TEST_CASE("a cluster that is full can be put in order") {
  SmallCluster cluster;
  cluster.add_node("n1");
  ServiceSpec spec = spec_of("web", 2);
  spec.task.container.env = {std::string(1'000, 'x')};
  cluster.create(spec);
  cluster.state_bytes = state::kMaxStateBytes + 1;
  const auto update = [&](const std::string& name, bool rollback) {
    const Service service = cluster.service(name);
    return cluster.execute(UpdateService{service.id, service.meta.version, spec, rollback});
  };
  spec.mode.replicated->replicas = 0;
  CHECK(update("web", false).ok());
  cluster.state_bytes = 0;
  spec.task.container.env = {std::string(1'000, 'y')};
  REQUIRE(update("web", false).ok());
  cluster.state_bytes = state::kMaxStateBytes + 1;
  CHECK(update("web", true).ok());
  // Beyond what is reserved for these, services are removed.
  cluster.state_bytes = state::kMaxStateBytes + state::kReservedStateBytes;
  spec = spec_of("never-updated");
  cluster.state_bytes = 0;
  cluster.create(spec);
  spec.mode.replicated->replicas = 0;
  cluster.state_bytes = state::kMaxStateBytes + state::kReservedStateBytes;
  CHECK(update("never-updated", false).error().code == Errc::kLimit);
  CHECK(cluster.execute(RemoveService{cluster.service("never-updated").id}).ok());
  // A few bytes are never refused where users cannot make many of them.
  Node node = cluster.node("n1");
  node.spec.availability = NodeAvailability::kDrain;
  node.spec.role = NodeRole::kManager;
  CHECK(cluster.execute(UpdateNode{node.id, node.meta.version, node.spec}).ok());
  ClusterSpec settings = cluster.tables().cluster()->spec;
  settings.task_history = 1;
  CHECK(cluster.execute(UpdateCluster{cluster.tables().cluster()->meta.version, settings, {}}).ok());
}

TEST_CASE("the commands of one draft see how much the others make the tables grow") {
  SmallCluster cluster;
  state::Draft draft(cluster.tables());
  state::Liveness liveness;
  Prng prng(1);
  size_t state_bytes = state::kMaxStateBytes - 10'000;
  const CommandContext context{liveness, {}, prng, state_bytes};
  int accepted = 0;
  for (int i = 0; i < 10; ++i) {
    ServiceSpec spec = spec_of("s" + std::to_string(i));
    spec.task.container.env = {std::string(3'000, 'x')};
    if (execute(CreateService{spec}, draft, context).ok()) ++accepted;
  }
  CHECK(accepted == 3);
  CHECK(state_bytes <= state::kMaxStateBytes);
}

TEST_CASE("two commands of one draft cannot both be based on the same version") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.create(spec_of("web"));
  const Service service = cluster.service("web");
  state::Draft draft(cluster.tables());
  state::Liveness liveness;
  Prng prng(1);
  size_t state_bytes = 0;
  const CommandContext context{liveness, {}, prng, state_bytes};
  CHECK(
      execute(UpdateService{service.id, service.meta.version, service.spec}, draft, context).ok());
  const auto second =
      execute(UpdateService{service.id, service.meta.version, service.spec}, draft, context);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == Errc::kOutOfSequence);
  // The same for a name that the first of two has just taken.
  CHECK(execute(CreateService{spec_of("db")}, draft, context).ok());
  CHECK(execute(CreateService{spec_of("db")}, draft, context).error().code == Errc::kConflict);
}

TEST_CASE("nodes: the last manager stays; who is ready or a manager is not removed") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.add_node("n2");
  cluster.change_node("n1", [](Node& node) { node.spec.role = NodeRole::kManager; });

  Node manager = cluster.node("n1");
  NodeSpec demoted = manager.spec;
  demoted.role = NodeRole::kWorker;
  CHECK(cluster.execute(UpdateNode{manager.id, manager.meta.version, demoted}).error().message ==
        "attempting to demote the last manager of the swarm");
  CHECK(cluster.execute(RemoveNode{manager.id, true}).error().code == Errc::kPrecondition);

  const Node worker = cluster.node("n2");
  CHECK(cluster.execute(RemoveNode{worker.id, false}).error().message ==
        "node " + worker.id.to_string() + " is not down and can't be removed");
  NodeSpec promoted = worker.spec;
  promoted.role = NodeRole::kManager;
  CHECK(cluster.execute(UpdateNode{worker.id, {99999}, promoted}).error().code ==
        Errc::kOutOfSequence);
  CHECK(cluster.execute(UpdateNode{worker.id, worker.meta.version, promoted}).ok());
  CHECK(cluster.execute(UpdateNode{manager.id, manager.meta.version, demoted}).ok());
  CHECK(cluster.execute(RemoveNode{manager.id, true}).ok());
  CHECK(cluster.tables().rows<Node>().size() == 1);
}

TEST_CASE("nodes: names are unique, unknown roles and availabilities refused") {
  SmallCluster cluster;
  cluster.add_node("n1");
  cluster.add_node("n2");
  cluster.change_node("n1", [](Node& node) { node.spec.name = "front"; });
  const Node second = cluster.node("n2");
  NodeSpec spec = second.spec;
  spec.name = "front";
  CHECK(cluster.execute(UpdateNode{second.id, second.meta.version, spec}).error().code ==
        Errc::kConflict);
  spec = second.spec;
  spec.availability = static_cast<NodeAvailability>(7);
  CHECK(cluster.execute(UpdateNode{second.id, second.meta.version, spec}).error().message ==
        "unknown node availability");
}

TEST_CASE("cluster: a token is rotated by its secret alone") {
  SmallCluster cluster;
  const Cluster before = *cluster.tables().cluster();
  const std::string fresh(16, 'w');
  REQUIRE(cluster.execute(UpdateCluster{before.meta.version, before.spec, {fresh, ""}}).ok());
  CHECK(cluster.tables().cluster()->join_secrets.worker == fresh);
  CHECK(cluster.tables().cluster()->join_secrets.manager == before.join_secrets.manager);
  CHECK(cluster.execute(UpdateCluster{before.meta.version, before.spec, {}}).error().code ==
        Errc::kOutOfSequence);
  const auto version = cluster.tables().cluster()->meta.version;
  CHECK(cluster.execute(UpdateCluster{version, before.spec, {"short", ""}}).error().code ==
        Errc::kInvalid);
}

}  // namespace es::orchestrator
