// Docker's documents of a service: what is read, written and refused.

#include "doctest/doctest.h"
#include "services/api/documents.h"
#include "services/api/service_request.h"
#include "tests/unit/api/fake_cluster.h"

namespace es::api {
namespace {

// Every field that Docker's CLI can set and that is supported, in Docker's words.
constexpr const char* kFullSpec = R"({
  "Name":"web","Labels":{"a":"b"},
  "TaskTemplate":{
    "ContainerSpec":{"Image":"busybox:1.36","Labels":{"c":"d"},"Command":["x"],"Args":["sh"],"Hostname":"h","Env":["A=b"],
      "Dir":"/w","User":"nobody","Groups":["adm"],"StopSignal":"SIGINT","TTY":true,"OpenStdin":true,"ReadOnly":true,
      "Mounts":[{"Type":"bind","Source":"/srv","Target":"/srv","ReadOnly":true,"BindOptions":{"Propagation":"rslave"}},
                {"Type":"tmpfs","Target":"/t","TmpfsOptions":{"SizeBytes":1048576,"Mode":448}}],
      "StopGracePeriod":3000000000,"Hosts":["1.2.3.4 a"],"Init":true,"Sysctls":{"net.core.somaxconn":"3"},
      "CapabilityAdd":["CAP_NET_ADMIN"],"CapabilityDrop":["CAP_CHOWN"],"Ulimits":[{"Name":"nofile","Soft":10,"Hard":20}],
      "OomScoreAdj":5},
    "Resources":{"Limits":{"NanoCPUs":1000000000,"MemoryBytes":67108864,"Pids":20},
      "Reservations":{"NanoCPUs":500000000,"MemoryBytes":33554432,
        "GenericResources":[{"DiscreteResourceSpec":{"Kind":"gpu","Value":2}}]}},
    "RestartPolicy":{"Condition":"on-failure","Delay":1000000000,"MaxAttempts":3,"Window":10000000000},
    "Placement":{"Constraints":["node.role==worker"],"Preferences":[{"Spread":{"SpreadDescriptor":"node.labels.rack"}}],
      "MaxReplicas":2,"Platforms":[{"Architecture":"arm","OS":"linux","Variant":"v7"}]},
    "Networks":[{"Target":"host"}],"ForceUpdate":7},
  "Mode":{"Replicated":{"Replicas":3}},
  "UpdateConfig":{"Parallelism":2,"Delay":1000000000,"FailureAction":"rollback","Monitor":1000000000,"MaxFailureRatio":0.25,
    "Order":"start-first"},
  "RollbackConfig":{"Parallelism":0,"FailureAction":"pause","MaxFailureRatio":0,"Order":"stop-first"}})";

Result<ServiceSpec> read_text(const std::string& text) { return read_service_spec(*json::parse(text)); }

TEST_CASE("everything that is supported comes back as it was given") {
  const auto spec = read_text(kFullSpec);
  REQUIRE_MESSAGE(spec.ok(), spec.error().message);
  CHECK(spec->task.container.mounts.at(1).tmpfs_mode == 0700);
  CHECK(spec->task.resources.reservations.generic.at("gpu") == 2);
  CHECK(spec->update->max_failure_ratio_millionths == 250'000);
  CHECK(spec->rollback->parallelism == 0);
  Service service;
  service.spec = *spec;
  const Json written = service_document(service)["Spec"];
  CHECK(json::print(written) == json::print(*json::parse(kFullSpec)));
  CHECK(*read_service_spec(written) == *spec);
}

TEST_CASE("what is not said has Docker's meaning") {
  const auto spec = read_text(R"({"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"x"}},"UpdateConfig":{}})");
  REQUIRE(spec.ok());
  CHECK(spec->mode.replicated->replicas == 1u);
  CHECK(spec->update->parallelism == 0);
  CHECK(read_text(R"({"Mode":{"Replicated":{}}})")->mode.replicated->replicas == 1u);
  CHECK(read_text(R"({"Mode":{"Global":{}}})")->mode.global.has_value());
}

TEST_CASE("what a client sends without using it") {
  // As docker 28 and older ones do.
  CHECK(read_text(R"({"Name":"x","Labels":null,"Networks":null,"EndpointSpec":{"Mode":"vip","Ports":[]},"TaskTemplate":{
    "Runtime":"container","LogDriver":null,"PluginSpec":null,"Networks":null,"ContainerSpec":{"Image":"x","DNSConfig":{},
    "Privileges":{"CredentialSpec":null,"SELinuxContext":null},"Secrets":[],"Configs":null,"Isolation":"default",
    "Healthcheck":{"Test":["NONE"]},"Mounts":[{"Type":"bind","Source":"/a","Target":"/b","Consistency":"default"}]}}})")
            .ok());
}

TEST_CASE("what is refused says so") {
  struct Case {
    std::string text;
    Errc code;
    std::string message;
  };
  const Case cases[] = {
      {R"({"Nmae":"x"})", Errc::kInvalid, "unknown field \"Nmae\""},
      {R"({"TaskTemplate":{"ContainerSpec":{"Imgae":"x"}}})", Errc::kInvalid,
       "unknown field \"TaskTemplate.ContainerSpec.Imgae\""},
      {R"({"EndpointSpec":{"Ports":[{"TargetPort":80}]}})", Errc::kUnsupported,
       "EndpointSpec: published ports and DNS round robin are not supported yet; use --network host"},
      {R"({"EndpointSpec":{"Mode":"dnsrr"}})", Errc::kUnsupported,
       "EndpointSpec: published ports and DNS round robin are not supported yet; use --network host"},
      {R"({"EndpointSpec":"vip"})", Errc::kUnsupported,
       "EndpointSpec: published ports and DNS round robin are not supported yet; use --network host"},
      {R"({"TaskTemplate":{"ContainerSpec":{"Secrets":[{"SecretID":"a"}]}}})", Errc::kUnsupported,
       "TaskTemplate.ContainerSpec.Secrets: secrets are not supported yet"},
      {R"({"TaskTemplate":{"ContainerSpec":{"Healthcheck":{"Test":["CMD","x"]}}}})", Errc::kUnsupported,
       "TaskTemplate.ContainerSpec.Healthcheck: health checks are not supported yet"},
      {R"({"TaskTemplate":{"ContainerSpec":{"Mounts":[{"Type":"volume","Source":"v","Target":"/v"}]}}})", Errc::kUnsupported,
       "TaskTemplate.ContainerSpec.Mounts[0]: mounts of type volume are not supported yet; use bind or tmpfs"},
      {R"({"TaskTemplate":{"ContainerSpec":{"Mounts":[{"Target":"/v"}]}}})", Errc::kInvalid,
       "TaskTemplate.ContainerSpec.Mounts[0]: the type of a mount must be bind or tmpfs"},
      {R"({"TaskTemplate":{"ContainerSpec":{"Mounts":[{"Type":"tmpfs","BindOptions":{"Propagation":"rslave"}}]}}})",
       Errc::kInvalid, "TaskTemplate.ContainerSpec.Mounts[0]: BindOptions belong to mounts of type bind"},
      {R"({"TaskTemplate":{"ContainerSpec":{"Mounts":[{"Type":"bind","BindOptions":{"Propagation":"up"}}]}}})", Errc::kInvalid,
       "TaskTemplate.ContainerSpec.Mounts[0].BindOptions.Propagation: \"up\" is none of rprivate, private, rshared, shared, "
       "rslave, slave"},
      {R"({"TaskTemplate":{"Resources":{"Limits":{"GenericResources":[{"DiscreteResourceSpec":{"Kind":"a","Value":1}}]}}}})",
       Errc::kInvalid, "TaskTemplate.Resources.Limits.GenericResources: generic resources can only be reserved"},
      {R"({"TaskTemplate":{"Resources":{"Reservations":{"GenericResources":[{}]}}}})", Errc::kInvalid,
       "TaskTemplate.Resources.Reservations: a generic resource must have a kind and a value"},
      {R"({"TaskTemplate":{"Resources":{"Reservations":{"Pids":3}}}})", Errc::kInvalid,
       "TaskTemplate.Resources.Reservations.Pids: processes can only be limited"},
      {R"({"TaskTemplate":{"Resources":{"Limits":{"MemoryBytes":1e3}}}})", Errc::kInvalid,
       "TaskTemplate.Resources.Limits.MemoryBytes: expected a whole number"},
      {R"({"TaskTemplate":{"Resources":{"SwapBytes":3}}})", Errc::kUnsupported,
       "TaskTemplate.Resources.SwapBytes: limits of swap are not supported yet"},
      {R"({"UpdateConfig":{"MaxFailureRatio":1.5}})", Errc::kInvalid, "UpdateConfig: MaxFailureRatio must be between 0 and 1"},
      {R"({"UpdateConfig":{"MaxFailureRatio":-0.1}})", Errc::kInvalid, "UpdateConfig: MaxFailureRatio must be between 0 and 1"},
      {R"({"Mode":{"Replicated":{"Replicas":-1}}})", Errc::kInvalid, "Mode.Replicated.Replicas: the number may not be negative"},
      {R"({"Mode":{"Replicated":{},"Global":{}}})", Errc::kInvalid, "Mode: must specify only one service mode"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    const auto spec = read_text(one.text);
    REQUIRE_FALSE(spec.ok());
    CHECK(spec.error() == Error{one.code, one.message});
  }
}

ServiceSpec spec_with(const std::string& image, std::vector<Platform> platforms = {}) {
  ServiceSpec spec;
  spec.task.container.image = image;
  spec.task.placement.platforms = std::move(platforms);
  return spec;
}

TEST_CASE("an image and its platforms") {
  FakeImages images;
  ports::Image arm = busybox_image();
  arm.platform = {"arm", "linux", "v7"};
  images.images = {arm};
  const Platform v7{"arm", "linux", "v7"};
  const Platform v6{"arm", "linux", "v6"};
  const Platform seen_by_docker{"arm", "linux", ""};

  SUBCASE("an image of this node has its platform") {
    ServiceSpec spec = spec_with("busybox");
    CHECK(complete_service_spec(images, nullptr, spec).ok());
    CHECK(spec.task.placement.platforms == std::vector{v7});
  }
  SUBCASE("a digest that this node told is taken off, another stays") {
    ServiceSpec spec = spec_with("busybox:latest@" + arm.id, {seen_by_docker});
    CHECK(complete_service_spec(images, nullptr, spec).ok());
    CHECK(spec.task.container.image == "busybox:latest");
    CHECK(spec.task.placement.platforms == std::vector{v7});
    ServiceSpec other = spec_with("busybox:latest@sha256:" + std::string(64, 'f'));
    CHECK(complete_service_spec(images, nullptr, other).ok());
    CHECK(other.task.container.image == "busybox:latest@sha256:" + std::string(64, 'f'));
  }
  SUBCASE("an unknown image keeps the variant that Docker's client dropped") {
    const ServiceSpec previous = spec_with("other", {v6});
    ServiceSpec spec = spec_with("other", {seen_by_docker});
    CHECK(complete_service_spec(images, &previous, spec).ok());
    CHECK(spec.task.placement.platforms == std::vector{v6});
  }
  SUBCASE("another unknown image has not the platforms of the image before") {
    const ServiceSpec previous = spec_with("other", {v6});
    ServiceSpec spec = spec_with("third", {seen_by_docker});
    CHECK(complete_service_spec(images, &previous, spec).ok());
    CHECK(spec.task.placement.platforms.empty());
  }
  SUBCASE("what the user said stays") {
    ServiceSpec spec = spec_with("busybox", {{"arm64", "linux", ""}});
    CHECK(complete_service_spec(images, nullptr, spec).ok());
    CHECK(spec.task.placement.platforms == std::vector{Platform{"arm64", "linux", ""}});
  }
}

TEST_CASE("networks") {
  FakeImages images;
  ServiceSpec spec;
  spec.task.networks = {{"none", {}}};
  CHECK(complete_service_spec(images, nullptr, spec).ok());
  spec.task.networks = {{"bridge", {}}};
  CHECK(complete_service_spec(images, nullptr, spec).error() == not_found("network bridge not found"));
}

}  // namespace
}  // namespace es::api
