// The swarm itself, this node, its images and networks.

#include "doctest/doctest.h"
#include "services/api/base64.h"
#include "services/api/metrics_text.h"
#include "tests/unit/api/api_fixture.h"

namespace es::api {
namespace {

void leave_alone(FakeCluster& cluster) {
  cluster.local = {};
}

TEST_CASE("init") {
  ApiFixture it;
  CHECK(it.ask("POST", "/swarm/init", "{}")->message() ==
        "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one.");
  leave_alone(it.cluster);
  // As docker 28 sends it.
  const auto answer = it.ask("POST", "/swarm/init",
                             R"({"ListenAddr":"0.0.0.0:2377","AdvertiseAddr":"10.99.0.1","DataPathAddr":"","DataPathPort":0,
    "ForceNewCluster":false,"Spec":{"Labels":null,"Orchestration":{"TaskHistoryRetentionLimit":3},"Raft":{"ElectionTick":0,
    "HeartbeatTick":0},"Dispatcher":{},"CAConfig":{"NodeCertExpiry":7776000000000000},"TaskDefaults":{},
    "EncryptionConfig":{"AutoLockManagers":false}},"AutoLockManagers":false,"Availability":"drain","DefaultAddrPool":null,
    "SubnetSize":24})");
  CHECK(answer->status == 200);
  CHECK(answer->body == "\"" + it.cluster.node_named("es1").to_string() + "\"\n");
  REQUIRE(it.cluster.inits.size() == 1);
  CHECK(it.cluster.inits[0].advertise_address == "10.99.0.1");
  CHECK(it.cluster.inits[0].listen_address == "0.0.0.0:2377");
  CHECK(it.cluster.inits[0].availability == NodeAvailability::kDrain);
  CHECK(it.cluster.inits[0].spec.task_history == 3);
}

TEST_CASE("what init refuses") {
  struct Case {
    std::string body;
    int status;
    std::string message;
  };
  const Case cases[] = {
      {R"({"DataPathPort":4789})", 501, "DataPathPort: overlay networks are not supported yet"},
      {R"({"AutoLockManagers":true})", 501, "AutoLockManagers: autolock is not supported yet"},
      {R"({"Spec":{"EncryptionConfig":{"AutoLockManagers":true}}})", 501,
       "EncryptionConfig.AutoLockManagers: autolock is not supported yet"},
      {R"({"Spec":{"Raft":{"SnapshotInterval":7}}})", 501, "Raft: these settings are fixed; leave them as they are"},
      {R"({"Spec":{"CAConfig":{"ExternalCAs":[{"URL":"x"}]}}})", 501,
       "CAConfig.ExternalCAs: external certificate authorities are not supported yet"},
      {R"({"Spec":{"CAConfig":{"NodeCertExpiry":1}}})", 400, "certificate expiry must be at least 1 hour"},
      {R"({"Spec":{"CAConfig":{"NodeCertExpiry":9223372036854775807}}})", 400,
       "certificate expiry cannot be 9223372036854775807 ns: at most 3153600000000000000 ns (100 years) are possible"},
      {R"({"Foo":1})", 400, "unknown field \"Foo\""},
      {R"([])", 400, "expected an object"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.body);
    ApiFixture it;
    leave_alone(it.cluster);
    const auto answer = it.ask("POST", "/swarm/init", one.body);
    CHECK(answer->status == one.status);
    CHECK(answer->message() == one.message);
    CHECK(it.cluster.inits.empty());
  }
}

TEST_CASE("join, by Docker's request and by the token alone") {
  ApiFixture it;
  CHECK(it.ask("POST", "/swarm/join", R"({"JoinToken":"x"})")->status == 503);
  CHECK(it.ask("POST", "/edgeswarm/v1/join", R"({"token":"x"})")->status == 503);
  leave_alone(it.cluster);
  CHECK(it.ask("POST", "/edgeswarm/v1/join", "{}")->message() == "token: the join token is missing");
  CHECK(it.ask("POST", "/edgeswarm/v1/join", R"({"token":"t","adresses":[]})")->message() == "unknown field \"adresses\"");
  CHECK(it.ask("POST", "/swarm/join", R"({"JoinToken":"bad","RemoteAddrs":["10.0.0.1:2377"]})")->message() == "invalid join token");
  const auto answer = it.ask("POST", "/edgeswarm/v1/join", R"({"token":"ESWTKN-1-x","addresses":["10.99.0.1:2377"]})");
  CHECK(answer->status == 200);
  CHECK(answer->json()["node"] == it.cluster.node_named("es4").to_string());
  CHECK(answer->json()["manager"] == false);
  CHECK(it.cluster.joins.back().remote_addresses == std::vector<std::string>{"10.99.0.1:2377"});
}

TEST_CASE("leave") {
  ApiFixture it;
  const std::string force = "Use `--force` to suppress this message.";
  CHECK(it.ask("POST", "/swarm/leave")->message().ends_with(force));
  it.cluster.unreachable.insert(it.cluster.node_named("es2"));
  CHECK(it.ask("POST", "/swarm/leave")->message().find("Removing this node leaves 1 managers out of 3. Without a Raft quorum "
                                                       "your swarm will be inaccessible. ") != std::string::npos);
  CHECK(it.cluster.leaves.empty());
  CHECK(it.ask("POST", "/swarm/leave?force=1")->status == 200);
  CHECK(it.cluster.leaves == std::vector{true});
  CHECK(it.ask("POST", "/swarm/leave?force=1")->message() == "This node is not part of a swarm");
}

TEST_CASE("the swarm's document, its tokens and their rotation") {
  ApiFixture it;
  Json swarm = it.ask("GET", "/swarm")->json();
  CHECK(swarm["Spec"]["Name"] == "default");
  CHECK(swarm["Spec"]["Orchestration"]["TaskHistoryRetentionLimit"] == 5);
  CHECK(swarm["RootRotationInProgress"] == false);
  CHECK(swarm["TLSInfo"]["CertIssuerSubject"] == base64_encode("subject"));
  const std::string manager_token = swarm["JoinTokens"]["Manager"];
  const std::string worker_token = swarm["JoinTokens"]["Worker"];
  const auto update = [&](const std::string& more, const Json& spec) {
    return it.ask("POST", "/swarm/update?version=" + std::to_string(it.ask("GET", "/swarm")->json()["Version"]["Index"].get<uint64_t>()) + more,
                  json::print(spec));
  };
  swarm["Spec"]["Orchestration"]["TaskHistoryRetentionLimit"] = 2;
  CHECK(update("&rotateWorkerToken=true&rotateManagerToken=false", swarm["Spec"])->status == 200);
  swarm = it.ask("GET", "/swarm")->json();
  CHECK(swarm["Spec"]["Orchestration"]["TaskHistoryRetentionLimit"] == 2);
  CHECK(swarm["JoinTokens"]["Worker"] != worker_token);
  CHECK(swarm["JoinTokens"]["Manager"] == manager_token);
  Json too_long = swarm["Spec"];
  too_long["CAConfig"]["NodeCertExpiry"] = INT64_MAX;
  CHECK(update("", too_long)->message() ==
        "certificate expiry cannot be 9223372036854775807 ns: at most 3153600000000000000 ns (100 years) are possible");
  CHECK(it.ask("GET", "/swarm")->json()["Spec"] == swarm["Spec"]);
  too_long["CAConfig"]["NodeCertExpiry"] = hours(876'000).ns;
  CHECK(update("", too_long)->status == 200);
  CHECK(update("&rotateManagerUnlockKey=true", swarm["Spec"])->status == 501);
  CHECK(it.ask("POST", "/swarm/update", json::print(swarm["Spec"]))->message() == "invalid swarm version ''");
  // No key and no secret is in any document.
  const std::string text = json::print(swarm);
  for (const char* hidden : {"JoinSecrets", "GossipKeys", "RootCA\"", "\"Key\""}) CHECK(text.find(hidden) == std::string::npos);
}

TEST_CASE("info") {
  ApiFixture it;
  Json info = it.ask("GET", "/info")->json();
  CHECK(info["Swarm"]["LocalNodeState"] == "active");
  CHECK(info["Swarm"]["ControlAvailable"] == true);
  CHECK(info["Swarm"]["Managers"] == 3);
  CHECK(info["Swarm"]["Nodes"] == 5);
  CHECK(info["Swarm"]["RemoteManagers"].size() == 3);
  CHECK(info["Swarm"]["Cluster"]["Spec"]["Name"] == "default");
  CHECK(info["MemTotal"] == int64_t{1} << 30);
  CHECK(info["Warnings"].empty());
  it.cluster.memory_controller = false;
  leave_alone(it.cluster);
  info = it.ask("GET", "/info")->json();
  CHECK(info["Swarm"]["LocalNodeState"] == "inactive");
  CHECK(info["Swarm"]["NodeID"] == "");
  CHECK_FALSE(info["Swarm"].contains("Cluster"));
  CHECK(info["Warnings"][0].get<std::string>().find("cgroup_enable=memory") != std::string::npos);
}

TEST_CASE("version") {
  ApiFixture it;
  const Json version = it.ask("GET", "/version")->json();
  CHECK(version["ApiVersion"] == "1.44");
  CHECK(version["MinAPIVersion"] == "1.40");
  CHECK(version["Components"][1]["Name"] == "crun");
}

TEST_CASE("images") {
  ApiFixture it;
  const std::string id = busybox_image().id;
  const auto list = [&](const std::string& filter) {
    return it.ask("GET", "/images/json?filters=" + http::percent_encode(filter))->json().size();
  };
  CHECK(list("{}") == 1);
  CHECK(list(R"({"reference":{"busybox":true}})") == 1);
  CHECK(list(R"({"reference":["busy*:lat?st"]})") == 1);
  CHECK(list(R"({"reference":["*"]})") == 1);
  CHECK(list(R"({"reference":["busy"]})") == 0);
  CHECK(list(R"({"reference":["a/*"]})") == 0);
  CHECK(list(R"({"dangling":["true"]})") == 0);
  CHECK(it.ask("GET", "/images/busybox:latest/json")->json()["Id"] == id);
  CHECK(it.ask("GET", "/images/" + id.substr(7, 12) + "/json")->json()["Architecture"] == "amd64");
  CHECK(it.ask("GET", "/images/a/b/c:1/json")->message() == "No such image: a/b/c:1");
  CHECK(it.ask("GET", "/distribution/busybox:latest/json")->json()["Descriptor"]["digest"] == id);
  CHECK(it.ask("GET", "/distribution/other/json")->status == 404);
  CHECK(it.ask("POST", "/images/create?fromImage=busybox")->status == 501);
  CHECK(json::print(it.ask("DELETE", "/images/busybox")->json()) ==
        R"([{"Untagged":"busybox:latest"},{"Deleted":")" + id + "\"}]");
  CHECK(it.ask("DELETE", "/images/busybox")->status == 404);
}

TEST_CASE("networks and what is not here") {
  ApiFixture it;
  CHECK(it.ask("GET", "/networks")->json().size() == 2);
  CHECK(it.ask("GET", "/networks?filters=" + http::percent_encode(R"({"name":["os"]})"))->json().size() == 1);
  CHECK(it.ask("GET", "/networks/host?scope=swarm")->json()["Scope"] == "swarm");
  CHECK(it.ask("GET", "/networks/bridge?scope=swarm")->message() == "network bridge not found");
  for (const std::string target : {"/networks/create", "/secrets/create", "/configs/create", "/volumes/create",
                                   "/containers/create", "/containers/x/exec", "/build"}) {
    CAPTURE(target);
    CHECK(it.ask("POST", target, "{}")->status == 501);
  }
  CHECK(it.ask("GET", "/secrets")->json().empty());
}

TEST_CASE("metrics as text") {
  ApiFixture it;
  CHECK(it.ask("GET", "/metrics")->body ==
        "# HELP edgeswarm_raft_commits_total entries committed\n"
        "# TYPE edgeswarm_raft_commits_total counter\n"
        "edgeswarm_raft_commits_total 12\n"
        "# HELP edgeswarm_tasks tasks of this node\n"
        "# TYPE edgeswarm_tasks gauge\n"
        "edgeswarm_tasks{state=\"run\\\"ning\"} 3\n"
        "edgeswarm_tasks{state=\"failed\"} 0.5\n");
}

TEST_CASE("base 64") {
  CHECK(base64_encode("") == "");
  CHECK(base64_encode("f") == "Zg==");
  CHECK(base64_encode("fo") == "Zm8=");
  CHECK(base64_encode("foo") == "Zm9v");
  CHECK(base64_encode("\xff\xfe\xfd") == "//79");
}

}  // namespace
}  // namespace es::api
