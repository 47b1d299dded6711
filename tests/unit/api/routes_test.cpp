// Which request goes where, and what a node says that may not answer it.

#include "doctest/doctest.h"
#include "services/api/filters.h"
#include "services/api/router.h"
#include "tests/unit/api/api_fixture.h"

namespace es::api {
namespace {

constexpr const char* kWorkerSentence =
    "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command "
    "on a manager node or promote the current node to a manager.";
constexpr const char* kInactiveSentence =
    "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and "
    "try again.";
constexpr const char* kNoLeaderSentence =
    "The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the "
    "managers are online.";

TEST_CASE("patterns") {
  struct Case {
    std::string pattern;
    std::string path;
    std::string arguments;  // joined by '|'; "-": does not fit
  };
  const Case cases[] = {
      {"/nodes", "/nodes", ""},
      {"/nodes", "/nodes/", "-"},
      {"/nodes", "/node", "-"},
      {"/nodes/{}", "/nodes/a", "a"},
      {"/nodes/{}", "/nodes/", "-"},
      {"/nodes/{}", "/nodes/a/b", "-"},
      {"/nodes/{}/update", "/nodes/a/update", "a"},
      {"/nodes/{}/update", "/nodes//update", "-"},
      {"/images/{...}/json", "/images/busybox/json", "busybox"},
      {"/images/{...}/json", "/images/a/b/json:1/json", "a/b/json:1"},
      {"/images/{...}/json", "/images/json", "-"},
      {"/images/{...}/json", "/images//json", "-"},
      {"/images/{...}", "/images/a/b:c", "a/b:c"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.pattern);
    CAPTURE(one.path);
    const auto arguments = match(one.pattern, one.path);
    std::string joined = arguments ? "" : "-";
    for (size_t i = 0; arguments && i < arguments->size(); ++i) joined += (i == 0 ? "" : "|") + arguments->at(i);
    CHECK(joined == one.arguments);
  }
}

TEST_CASE("versions") {
  CHECK(*without_version("/v1.44/nodes") == "/nodes");
  CHECK(*without_version("/v1.40/nodes") == "/nodes");
  CHECK(*without_version("/nodes") == "/nodes");
  CHECK(without_version("/v1.39/nodes").error().message ==
        "client version 1.39 is too old. Minimum supported API version is 1.40, please upgrade your client to a newer version");
  CHECK(without_version("/v1.45/nodes").error().message ==
        "client version 1.45 is too new. Maximum supported API version is 1.44");
  for (const std::string path : {"/v1./nodes", "/v1.4x/nodes", "/v1.99999999999999999999/nodes"}) {
    CHECK_FALSE(without_version(path).ok());
  }
}

TEST_CASE("a page that is not there") {
  ApiFixture it;
  for (const std::string target : {"/", "/v1.44", "/v1.44/", "/nothing", "/v2/nodes", "/v1.44/nodes/a/b/c"}) {
    CAPTURE(target);
    const auto answer = it.ask("GET", target);
    CHECK(answer->status == 404);
    CHECK(answer->message() == "page not found");
  }
  CHECK(it.ask("PUT", "/nodes")->status == 404);
  CHECK(it.ask("HEAD", "/_ping")->status == 200);
}

TEST_CASE("who may be asked") {
  struct Case {
    std::string name;
    SwarmState state;
    bool is_manager;
    bool has_quorum;
    std::string error;
    std::string sentence;
  };
  const Case cases[] = {
      {"worker", SwarmState::kActive, false, true, "", kWorkerSentence},
      {"in no swarm", SwarmState::kInactive, false, true, "", kInactiveSentence},
      {"without quorum", SwarmState::kActive, true, false, "", kNoLeaderSentence},
      {"in error", SwarmState::kError, true, true, "the log is damaged", "the log is damaged"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    ApiFixture it;
    it.cluster.local.state = one.state;
    it.cluster.local.is_manager = one.is_manager;
    it.cluster.local.error = one.error;
    it.cluster.has_quorum = one.has_quorum;
    for (const std::string target : {"/nodes", "/services", "/tasks", "/swarm", "/services/x", "/services/x/logs?stdout=1"}) {
      CAPTURE(target);
      const auto answer = it.ask("GET", target);
      CHECK(answer->status == 503);
      CHECK(answer->message() == one.sentence);
    }
    CHECK(it.ask("GET", "/info")->status == 200);
    CHECK(it.ask("GET", "/_ping")->status == 200);
  }
}

TEST_CASE("a manager that was demoted while it waited") {
  ApiFixture it;
  const auto answer = it.begin("GET", "/nodes");
  it.cluster.local.is_manager = false;
  it.cluster.deliver();
  CHECK(answer->status == 503);
}

TEST_CASE("a client that has gone is not an error") {
  ApiFixture it;
  const auto answer = it.begin("GET", "/nodes");
  answer->hang_up();
  it.cluster.deliver();
  CHECK(answer->status == 0);
}

TEST_CASE("ping says what this node is") {
  ApiFixture it;
  const auto swarm = [&] {
    const auto answer = it.ask("GET", "/_ping");
    CHECK(answer->body == "OK");
    return std::string(*http::find_header(answer->headers, "Swarm"));
  };
  CHECK(swarm() == "active/manager");
  it.cluster.local.is_manager = false;
  CHECK(swarm() == "active/worker");
  it.cluster.local.state = SwarmState::kPending;
  CHECK(swarm() == "pending");
  it.cluster.local.state = SwarmState::kInactive;
  CHECK(swarm() == "inactive");
}

TEST_CASE("filters") {
  const auto parse = [](const std::string& text) { return Filters::parse(text, {"name", "label"}); };
  CHECK(parse("")->is_any("name", "x"));
  CHECK(parse("null")->is_any("name", "x"));
  CHECK(parse("{}")->is_any("name", "x"));
  for (const std::string text : {R"({"name":{"web":true,"no":false}})", R"({"name":["web"]})"}) {
    const auto filters = parse(text);
    REQUIRE(filters.ok());
    CHECK(filters->is_any_prefix("name", "website"));
    CHECK_FALSE(filters->is_any("name", "website"));
    CHECK_FALSE(filters->is_any_prefix("name", "no"));
  }
  const auto labels = parse(R"({"label":["a=1","b"]})");
  CHECK(labels->are_labels("label", {{"a", "1"}, {"b", ""}}));
  CHECK_FALSE(labels->are_labels("label", {{"a", "2"}, {"b", ""}}));
  CHECK_FALSE(labels->are_labels("label", {{"a", "1"}}));
  for (const std::string text : {"[]", "1", "{", R"({"name":1})", R"({"name":{"a":1}})", R"({"name":[1]})", R"({"other":{}})"}) {
    CAPTURE(text);
    REQUIRE_FALSE(parse(text).ok());
    CHECK(parse(text).error().code == Errc::kInvalid);
  }
  CHECK(parse(R"({"foo":{"a":true}})").error().message == "invalid filter 'foo'");
}

}  // namespace
}  // namespace es::api
