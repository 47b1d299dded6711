// Services, tasks and nodes as a client sees them, over real tables.

#include <map>
#include <set>

#include "doctest/doctest.h"
#include "services/api/lookup.h"
#include "tests/unit/api/api_fixture.h"

namespace es::api {
namespace {

std::string filters(const std::string& json) { return "filters=" + http::percent_encode(json); }

TEST_CASE("a service from its creation to its end") {
  ApiFixture it;
  const std::string id = it.create("web", R"("Mode":{"Replicated":{"Replicas":2}})");
  CHECK(NodeId::parse(id).has_value());

  Json service = it.ask("GET", "/services/web")->json();
  CHECK(service["ID"] == id);
  CHECK(service["Spec"]["Name"] == "web");
  CHECK(service["CreatedAt"].get<std::string>().starts_with("20"));
  CHECK_FALSE(service.contains("SpecVersion"));
  const std::string version = std::to_string(service["Version"]["Index"].get<uint64_t>());

  const Json status = it.ask("GET", "/services?status=1")->json()[0]["ServiceStatus"];
  CHECK(json::print(status) == R"({"RunningTasks":2,"DesiredTasks":2,"CompletedTasks":0})");

  service["Spec"]["Mode"]["Replicated"]["Replicas"] = 3;
  const std::string spec = json::print(service["Spec"]);
  CHECK(it.ask("POST", "/services/" + id + "/update?version=" + version, spec)->json()["Warnings"].is_null());
  const auto stale = it.ask("POST", "/services/" + id + "/update?version=" + version, spec);
  CHECK(stale->status == 500);
  CHECK(stale->message() == "update out of sequence");
  CHECK(it.ask("POST", "/services/web/update", spec)->message() == "invalid service version ''");
  CHECK(it.ask("POST", "/services/web/update?version=1&rollback=next", spec)->status == 400);
  CHECK(it.ask("POST", "/services/web/update?version=x1", spec)->status == 400);

  CHECK(it.ask("DELETE", "/services/" + id.substr(0, 6))->status == 200);
  CHECK(it.ask("DELETE", "/services/" + id)->status == 404);
  CHECK(it.ask("GET", "/services/web")->message() == "service web not found");
}

TEST_CASE("a rollback asks for the previous spec") {
  ApiFixture it;
  const std::string id = it.create("web");
  Json service = it.ask("GET", "/services/web")->json();
  service["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"] = Json::array({"A=b"});
  const auto update = [&](const std::string& more) {
    const Json now = it.ask("GET", "/services/web")->json();
    return it.ask("POST", "/services/" + id + "/update?version=" + std::to_string(now["Version"]["Index"].get<uint64_t>()) + more,
                  json::print(service["Spec"]));
  };
  CHECK(update("")->status == 200);
  CHECK(it.ask("GET", "/services/web")->json()["PreviousSpec"]["Name"] == "web");
  CHECK(update("&rollback=previous")->status == 200);
  CHECK_FALSE(it.ask("GET", "/services/web")->json()["Spec"]["TaskTemplate"]["ContainerSpec"].contains("Env"));
}

TEST_CASE("bad bodies change nothing") {
  ApiFixture it;
  for (const std::string body : {"", "{", "[]", "null", "1", R"({"Nonsense":1})", R"({"Name":3})", "{\"Name\":\"a\xff\"}"}) {
    CAPTURE(body);
    const auto answer = it.ask("POST", "/services/create", body);
    CHECK(answer->status == 400);
    CHECK_FALSE(answer->message().empty());
  }
  CHECK(it.cluster.replica().rows<Service>().empty());
}

TEST_CASE("errors of the cluster have Docker's status") {
  ApiFixture it;
  it.create("web");
  const std::string container = R"("TaskTemplate":{"ContainerSpec":{"Image":"busybox"}})";
  CHECK(it.ask("POST", "/services/create", R"({"Name":"web",)" + container + "}")->status == 409);
  CHECK(it.ask("POST", "/services/create", R"({"Name":"-",)" + container + "}")->status == 400);
  CHECK(it.ask("POST", "/services/create", R"({"Name":"x","TaskTemplate":{"ContainerSpec":{}}})")->status == 400);
}

TEST_CASE("a service without a name gets one that is free") {
  ApiFixture it;
  std::set<std::string> names;
  for (int i = 0; i < 3; ++i) {
    const std::string id = it.create("");
    names.insert(it.ask("GET", "/services/" + id)->json()["Spec"]["Name"].get<std::string>());
  }
  CHECK(names.size() == 3);
}

TEST_CASE("insertDefaults fills in what applies") {
  ApiFixture it;
  it.create("web");
  const Json spec = it.ask("GET", "/services/web?insertDefaults=1")->json()["Spec"];
  CHECK(spec["TaskTemplate"]["ContainerSpec"]["StopGracePeriod"] == 10'000'000'000);
  CHECK(json::print(spec["TaskTemplate"]["RestartPolicy"]) == R"({"Condition":"any","Delay":5000000000,"MaxAttempts":0})");
  CHECK(json::print(spec["UpdateConfig"]) ==
        R"({"Parallelism":1,"FailureAction":"pause","Monitor":5000000000,"MaxFailureRatio":0,"Order":"stop-first"})");
  CHECK(spec["EndpointSpec"]["Mode"] == "vip");
  const auto again = it.ask("GET", "/services/web")->json()["Spec"];
  CHECK_FALSE(again.contains("UpdateConfig"));
}

TEST_CASE("lists of services are filtered") {
  ApiFixture it;
  const std::string web = it.create("web", R"("Labels":{"tier":"front"})");
  it.create("webhook");
  it.create("each", R"("Mode":{"Global":{}})");
  const auto names = [&](const std::string& filter) {
    std::string out;
    std::set<std::string> sorted;
    for (const Json& one : it.ask("GET", "/services?" + filters(filter))->json()) sorted.insert(one["Spec"]["Name"]);
    for (const std::string& name : sorted) out += name + " ";
    return out;
  };
  CHECK(names("{}") == "each web webhook ");
  CHECK(names(R"({"name":{"web":true}})") == "web webhook ");
  CHECK(names(R"({"id":[")" + web.substr(0, 8) + "\"]}") == "web ");
  CHECK(names(R"({"label":["tier"]})") == "web ");
  CHECK(names(R"({"label":["tier=back"]})") == "");
  CHECK(names(R"({"mode":["global"]})") == "each ");
  CHECK(it.ask("GET", "/services?" + filters(R"({"nme":["x"]})"))->message() == "invalid filter 'nme'");
}

TEST_CASE("tasks") {
  ApiFixture it;
  it.cluster.failing_images["bad"] = "task: non-zero exit (137): out of memory";
  const std::string web = it.create("web", R"("Mode":{"Replicated":{"Replicas":3}},"Labels":{"tier":"front"})");
  it.create("other");
  const auto count = [&](const std::string& filter) {
    const auto answer = it.ask("GET", "/tasks?" + filters(filter));
    REQUIRE_MESSAGE(answer->status == 200, answer->body);
    return answer->json().size();
  };
  CHECK(count("{}") == 4);
  CHECK(count(R"({"service":["web"]})") == 3);
  CHECK(count(R"({"service":[")" + web.substr(0, 9) + "\"]}") == 3);
  CHECK(count(R"({"name":["web.2"]})") == 1);
  CHECK(count(R"({"name":["we"]})") == 3);
  CHECK(count(R"({"desired-state":["running"]})") == 4);
  CHECK(count(R"({"desired-state":["shutdown"]})") == 0);
  CHECK(count(R"({"label":["tier=front"]})") == 3);
  CHECK(count(R"({"_up-to-date":["true"]})") == 4);
  CHECK(count(R"({"node":["self"]})") == count(R"({"node":["es1"]})"));
  CHECK(it.ask("GET", "/tasks?" + filters(R"({"service":["nothing"]})"))->status == 404);
  CHECK(it.ask("GET", "/tasks?" + filters(R"({"node":["nothing"]})"))->status == 404);
  CHECK(it.ask("GET", "/tasks?" + filters(R"({"desired-state":["happy"]})"))->status == 400);

  const Json task = it.ask("GET", "/tasks?" + filters(R"({"name":["web.1"]})"))->json()[0];
  CHECK(task["ServiceID"] == web);
  CHECK(task["Slot"] == 1);
  CHECK(task["DesiredState"] == "running");
  CHECK(task["Status"]["State"] == "running");
  CHECK(json::print(task["Status"]["ContainerStatus"]) == R"({"ContainerID":"c0ffee","PID":4711,"ExitCode":0})");
  CHECK(task["Spec"]["ContainerSpec"]["Image"] == "busybox");
  for (const char* hidden : {"SpecVersion", "ServiceName", "Attempt", "StartDelay", "CreatedIndex"}) CHECK_FALSE(task.contains(hidden));
  CHECK(it.ask("GET", "/tasks/" + task["ID"].get<std::string>())->json()["ID"] == task["ID"]);
  CHECK(it.ask("GET", "/tasks/zzz")->message() == "task zzz not found");
}

TEST_CASE("an updated service has tasks that are not up to date") {
  ApiFixture it;
  it.create("web", R"("Mode":{"Replicated":{"Replicas":2}})");
  Json service = it.ask("GET", "/services/web")->json();
  service["Spec"]["TaskTemplate"]["ForceUpdate"] = 1;
  it.ask("POST", "/services/web/update?version=" + std::to_string(service["Version"]["Index"].get<uint64_t>()),
         json::print(service["Spec"]));
  const Json fresh = it.ask("GET", "/tasks?" + filters(R"({"_up-to-date":["true"],"service":["web"]})"))->json();
  const Json all = it.ask("GET", "/tasks?" + filters(R"({"service":["web"]})"))->json();
  CHECK(fresh.size() < all.size());
}

TEST_CASE("what was stored before this node started is no observation of its own tasks") {
  ApiFixture it;
  it.create("web", R"("Mode":{"Replicated":{"Replicas":6}})");
  const std::string own = it.cluster.local.node.to_string();
  const auto states = [&] {
    std::map<std::string, size_t> count;
    for (const Json& task : it.ask("GET", "/tasks")->json()) {
      ++count[(task["NodeID"] == own ? "own " : "other ") + task["Status"]["State"].get<std::string>()];
    }
    return count;
  };
  const auto running = [&] {
    return it.ask("GET", "/services?status=1")->json()[0]["ServiceStatus"]["RunningTasks"].get<size_t>();
  };
  const auto before = states();
  const size_t own_tasks = before.at("own running");
  REQUIRE(own_tasks > 0);
  REQUIRE(before.at("other running") == 6 - own_tasks);

  it.cluster.just_started = true;
  CHECK(states() == std::map<std::string, size_t>{{"own assigned", own_tasks}, {"other running", 6 - own_tasks}});
  CHECK(running() == 6 - own_tasks);

  // It has looked, and the leader has not written it yet.
  it.cluster.just_started = false;
  const auto failed = it.cluster.tables()->tasks_of_node(it.cluster.local.node).front();
  it.cluster.seen[failed->id] = failed->status;
  it.cluster.seen[failed->id].state = TaskState::kFailed;
  it.cluster.seen[failed->id].err = "the node restarted";
  CHECK(states().at("own failed") == 1);
  CHECK(running() == 5);
  CHECK(it.ask("GET", "/tasks/" + failed->id.to_string())->json()["Status"]["Err"] == "the node restarted");
}

TEST_CASE("tasks of a node that is down do not count as running") {
  ApiFixture it;
  it.create("each", R"("Mode":{"Global":{}})");
  const auto status = [&] { return json::print(it.ask("GET", "/services?status=1")->json()[0]["ServiceStatus"]); };
  CHECK(status() == R"({"RunningTasks":5,"DesiredTasks":5,"CompletedTasks":0})");
  it.cluster.alive.set(it.cluster.node_named("es4"), NodeState::kDown);
  it.cluster.tick();
  CHECK(status().starts_with(R"({"RunningTasks":4,)"));
}

TEST_CASE("nodes") {
  ApiFixture it;
  const Json nodes = it.ask("GET", "/nodes")->json();
  CHECK(nodes.size() == 5);
  const Json first = it.ask("GET", "/nodes/es1")->json();
  CHECK(first["Description"]["Platform"]["Architecture"] == "x86_64");
  CHECK(json::print(first["ManagerStatus"]) == R"({"Leader":true,"Reachability":"reachable","Addr":"10.99.0.1:2377"})");
  CHECK(json::print(first["Status"]) == R"({"State":"ready","Addr":"10.99.0.1"})");
  CHECK(json::print(first["Spec"]) == R"({"Labels":{},"Role":"manager","Availability":"active"})");
  CHECK_FALSE(it.ask("GET", "/nodes/es4")->json().contains("ManagerStatus"));

  it.cluster.unreachable.insert(it.cluster.node_named("es2"));
  it.cluster.alive.set(it.cluster.node_named("es2"), NodeState::kDown);
  const Json second = it.ask("GET", "/nodes/es2")->json();
  CHECK(second["ManagerStatus"]["Reachability"] == "unreachable");
  CHECK(second["Status"]["State"] == "down");

  const auto count = [&](const std::string& filter) { return it.ask("GET", "/nodes?" + filters(filter))->json().size(); };
  CHECK(count(R"({"role":["worker"]})") == 2);
  CHECK(count(R"({"name":["es"]})") == 5);
  CHECK(count(R"({"name":["es3"]})") == 1);
  CHECK(count(R"({"membership":["pending"]})") == 0);
  CHECK(count(R"({"node.label":["rack"]})") == 0);
}

TEST_CASE("nodes are changed and removed") {
  ApiFixture it;
  const auto version = [&](const std::string& name) {
    return std::to_string(it.ask("GET", "/nodes/" + name)->json()["Version"]["Index"].get<uint64_t>());
  };
  const auto update = [&](const std::string& name, const std::string& spec) {
    return it.ask("POST", "/nodes/" + name + "/update?version=" + version(name), spec);
  };
  CHECK(update("es4", R"({"Role":"worker","Availability":"drain","Labels":{"rack":"r1"}})")->status == 200);
  CHECK(it.ask("GET", "/nodes/es4")->json()["Spec"]["Labels"]["rack"] == "r1");
  CHECK(update("es4", R"({"Availability":"drain"})")->message() == "invalid Role: \"\"");
  CHECK(update("es4", R"({"Role":"worker"})")->message() == "invalid Availability: \"\"");
  CHECK(update("es4", R"({"Role":"boss","Availability":"drain"})")->message() == "Role: \"boss\" is none of worker, manager");
  CHECK(it.ask("DELETE", "/nodes/es5")->status == 400);
  CHECK(it.ask("DELETE", "/nodes/es5?force=1")->status == 200);
  CHECK(it.ask("DELETE", "/nodes/es5?force=1")->status == 404);
}

TEST_CASE("lookup: id, then name, then a prefix that is the only one") {
  ApiFixture it;
  const std::string id = it.create("web");
  // A service whose name is the beginning of the other's id: the name wins.
  const std::string named = it.create("x" + id.substr(1, 5));
  const state::Tables& tables = it.cluster.replica();
  CHECK((*find_service(tables, id))->spec.name == "web");
  CHECK((*find_service(tables, id.substr(0, 10)))->spec.name == "web");
  CHECK((*find_service(tables, "x" + id.substr(1, 5)))->id.to_string() == named);
  CHECK(find_service(tables, "").error().code == Errc::kNotFound);
  CHECK(find_service(tables, std::string(10'000, 'x')).error().message.size() < 200);
  std::set<char> firsts;
  std::string shared;
  for (const auto& [node_id, node] : tables.rows<Node>()) {
    if (!firsts.insert(node_id.to_string()[0]).second) shared = node_id.to_string().substr(0, 1);
  }
  for (int i = 0; shared.empty(); ++i) {
    const NodeId more = it.cluster.add_node("more" + std::to_string(i), NodeRole::kWorker);
    if (!firsts.insert(more.to_string()[0]).second) shared = more.to_string().substr(0, 1);
  }
  const auto ambiguous = it.ask("GET", "/nodes/" + shared);
  CHECK(ambiguous->status == 400);
  CHECK(ambiguous->message().starts_with("node " + shared + " is ambiguous ("));
  it.cluster.add_node("es1", NodeRole::kWorker);
  CHECK(it.ask("GET", "/nodes/es1")->message() == "node es1 is ambiguous (2 matches found)");
}

}  // namespace
}  // namespace es::api
