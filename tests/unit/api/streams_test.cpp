// Answers and bodies that flow: logs, events, archives.

#include "doctest/doctest.h"
#include "services/logs/docker_stream.h"
#include "tests/unit/api/api_fixture.h"

namespace es::api {
namespace {

wire::LogRecord record(const std::string& text, bool from_stderr = false, bool complete = true) {
  return {{1'763'613'664'120'000'000}, from_stderr, complete, text};
}

std::string frame_head(char stream, uint32_t size) {
  std::string head{stream, 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8) head.push_back(static_cast<char>(size >> shift & 0xff));
  return head;
}

TEST_CASE("a piece of a log in Docker's format") {
  logs::DockerFormat plain;
  CHECK(logs::docker_frame(record("hello"), plain) == frame_head(1, 6) + "hello\n");
  CHECK(logs::docker_frame(record("oh", true), plain) == frame_head(2, 3) + "oh\n");
  CHECK(logs::docker_frame(record("", true), plain) == frame_head(2, 1) + "\n");
  CHECK(logs::docker_frame(record("half", false, false), plain) == frame_head(1, 4) + "half");
  CHECK(logs::docker_frame(record(std::string("a\0b", 3)), plain) == frame_head(1, 4) + std::string("a\0b\n", 4));
  CHECK(logs::docker_frame(record(std::string(300, 'x')), plain).substr(0, 8) == frame_head(1, 301));

  logs::DockerFormat full{true, true, {{"com.docker.swarm.node.id", "n"}, {"com.docker.swarm.task.id", "t,= "}}};
  const std::string line =
      "2025-11-20T04:41:04.120000000Z com.docker.swarm.node.id=n,com.docker.swarm.task.id=t%2C%3D+ hello\n";
  CHECK(logs::docker_frame(record("hello"), full) == frame_head(1, static_cast<uint32_t>(line.size())) + line);
  full.framed = false;
  CHECK(logs::docker_frame(record("hello"), full) == line);
}

TEST_CASE("the log of a service is that of its tasks") {
  ApiFixture it;
  it.cluster.log = {record("one"), record("two", true)};
  const std::string id = it.create("web", R"("Mode":{"Replicated":{"Replicas":2}})");
  const auto answer = it.ask("GET", "/services/web/logs?stdout=1&stderr=1&details=1&tail=5&since=1763613664.5");
  CHECK(answer->status == 200);
  CHECK(answer->finished);
  CHECK(http::find_header(answer->headers, "Content-Type") == "application/vnd.docker.multiplexed-stream");
  const auto tasks = it.cluster.replica().tasks_of_service(*ServiceId::parse(id));
  for (const auto& task : tasks) {
    const std::string prefix = "com.docker.swarm.node.id=" + task->node_id.to_string() + ",com.docker.swarm.service.id=" + id +
                               ",com.docker.swarm.task.id=" + task->id.to_string() + " ";
    CHECK(answer->body.find(prefix + "one\n") != std::string::npos);
    CHECK(answer->body.find(prefix + "two\n") != std::string::npos);
  }
  REQUIRE(it.cluster.log_requests.size() == 2);
  CHECK(it.cluster.log_requests[0].tail == 5);
  CHECK(it.cluster.log_requests[0].since.ns == 1'763'613'664'500'000'000);
  CHECK_FALSE(it.cluster.log_requests[0].follow);

  const auto one = it.ask("GET", "/tasks/" + tasks[0]->id.to_string() + "/logs?stdout=1");
  CHECK(one->body == frame_head(1, 4) + "one\n" + frame_head(2, 4) + "two\n");
  CHECK_FALSE(it.cluster.log_requests[2].with_stderr);
}

TEST_CASE("requests for logs that are refused") {
  ApiFixture it;
  it.create("web");
  CHECK(it.ask("GET", "/services/web/logs")->message() == "Bad parameters: you must choose at least one stream");
  CHECK(it.ask("GET", "/services/web/logs?stdout=1&since=yesterday")->status == 400);
  CHECK(it.ask("GET", "/services/nothing/logs?stdout=1")->status == 404);
  CHECK(it.ask("GET", "/tasks/nothing/logs?stdout=1")->status == 404);
}

TEST_CASE("a followed log") {
  ApiFixture it;
  it.cluster.log = {record("before")};
  it.cluster.log_tail = {record("after")};
  it.create("web");
  const auto answer = it.ask("GET", "/services/web/logs?stdout=1&follow=1");
  CHECK(answer->body.ends_with("before\n"));
  CHECK_FALSE(answer->finished);
  SUBCASE("ends with the task") {
    it.cluster.tick();
    CHECK(answer->body.ends_with("after\n"));
    CHECK(answer->finished);
  }
  SUBCASE("ends with an error that is said") {
    it.cluster.log_error = "node es4 cannot be reached";
    it.cluster.tick();
    CHECK(answer->body.ends_with("edgeswarm: the log is incomplete: node es4 cannot be reached\n"));
    CHECK(answer->finished);
  }
  SUBCASE("ends with an error of another node, which moves no terminal") {
    it.cluster.log_error = "no\033[2J\nm2 Ready\u009b31m";
    it.cluster.tick();
    CHECK(answer->body.ends_with("edgeswarm: the log is incomplete: no?[2J?m2 Ready?31m\n"));
  }
  SUBCASE("ends when the client goes") {
    CHECK(it.cluster.log_streams() == 1);
    answer->hang_up();
    CHECK(it.cluster.log_streams() == 0);
    it.cluster.tick();
    CHECK(answer->body.ends_with("before\n"));
  }
}

TEST_CASE("a service without tasks has an empty log") {
  ApiFixture it;
  it.create("web", R"("Mode":{"Replicated":{"Replicas":0}})");
  const auto answer = it.ask("GET", "/services/web/logs?stdout=1&follow=1");
  CHECK(answer->finished);
  CHECK(answer->body.empty());
}

TEST_CASE("a terminal's log is not framed") {
  ApiFixture it;
  it.cluster.log = {record("raw")};
  it.ask("POST", "/services/create", R"({"Name":"t","TaskTemplate":{"ContainerSpec":{"Image":"busybox","TTY":true}}})");
  it.cluster.tick();
  const auto answer = it.ask("GET", "/services/t/logs?stdout=1");
  CHECK(answer->body == "raw\n");
  CHECK(http::find_header(answer->headers, "Content-Type") == "application/vnd.docker.raw-stream");
}

std::vector<Json> lines(const std::string& text) {
  std::vector<Json> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    out.push_back(*json::parse(text.substr(at, end - at)));
    at = end + 1;
  }
  return out;
}

TEST_CASE("events") {
  ApiFixture it;
  const auto all = it.begin("GET", "/events");
  const auto nodes = it.begin("GET", "/events?filters=" + http::percent_encode(R"({"type":["node"]})"));
  const std::string id = it.create("web");
  const Json service = it.ask("GET", "/services/web")->json();
  Json spec = service["Spec"];
  spec["Mode"]["Replicated"]["Replicas"] = 4;
  it.ask("POST", "/services/web/update?version=" + std::to_string(service["Version"]["Index"].get<uint64_t>()), json::print(spec));
  it.ask("DELETE", "/services/web");
  const auto said = lines(all->body);
  REQUIRE(said.size() >= 3);
  CHECK(said.front()["Action"] == "create");
  CHECK(said.front()["Actor"]["ID"] == id);
  CHECK(said.front()["Actor"]["Attributes"]["name"] == "web");
  CHECK(said.front()["scope"] == "swarm");
  bool scaled = false;
  for (const Json& event : said) {
    const Json attributes = event["Actor"]["Attributes"];
    if (attributes.contains("replicas.new")) scaled = attributes["replicas.old"] == "1" && attributes["replicas.new"] == "4";
  }
  CHECK(scaled);
  CHECK(said.back()["Action"] == "remove");
  CHECK(nodes->body.empty());
  CHECK_FALSE(all->finished);

  const size_t watchers = it.cluster.watchers();
  all->hang_up();
  CHECK(it.cluster.watchers() == watchers - 1);

  const auto past = it.ask("GET", "/events?since=1&until=1900000000");
  CHECK(lines(past->body).size() == said.size());
  const auto ended = it.ask("GET", "/events?since=1&until=2");
  CHECK(ended->finished);
  CHECK(ended->body.empty());
  CHECK(it.ask("GET", "/events?until=soon")->status == 400);
}

TEST_CASE("events end when they are to") {
  ApiFixture it;
  const auto answer = it.begin("GET", "/events?until=" + std::to_string(it.cluster.now().ns / 1'000'000'000 + 2));
  it.cluster.tick();
  CHECK_FALSE(answer->finished);
  it.cluster.tick();
  CHECK(answer->finished);
}

TEST_CASE("past events are bounded") {
  ApiFixture it;
  for (size_t i = 0; i < kMaxPastEvents + 10; ++i) it.cluster.add_node("n" + std::to_string(i), NodeRole::kWorker);
  CHECK(lines(it.begin("GET", "/events?since=1")->body).size() == kMaxPastEvents);
}

std::unique_ptr<http::BodySink> upload(ApiFixture& it, const std::shared_ptr<Answer>& answer) {
  http::Request head;
  head.method = "POST";
  head.target = *http::parse_target("/v1.44/images/load?quiet=1");
  return it.api.stream(head, answer->responder());
}

TEST_CASE("an archive is loaded while it comes") {
  ApiFixture it;
  const auto answer = std::make_shared<Answer>();
  auto sink = upload(it, answer);
  REQUIRE(sink != nullptr);
  sink->on_piece("abc");
  sink->on_piece("def");
  CHECK(it.cluster.loaded_bytes == "abcdef");
  sink->on_end();
  SUBCASE("and named") {
    it.cluster.deliver();
    CHECK(answer->status == 200);
    CHECK(answer->body.starts_with("{\"stream\":\"Loaded image: busybox:latest\\n\"}\n{\"stream\":\"Loaded image ID: sha256:b"));
  }
  SUBCASE("after its sender's end has been read") {
    sink.reset();
    it.cluster.deliver();
    CHECK(answer->status == 200);
  }
}

TEST_CASE("an archive that is damaged") {
  ApiFixture it;
  it.cluster.load_fails = true;
  const auto answer = std::make_shared<Answer>();
  const auto sink = upload(it, answer);
  sink->on_end();
  it.cluster.deliver();
  CHECK(answer->status == 400);
  CHECK(answer->message() == "the archive ends in the middle of a layer");
}

TEST_CASE("only an archive's body is streamed") {
  ApiFixture it;
  const auto answer = std::make_shared<Answer>();
  for (const std::string target : {"/services/create", "/images/create", "/v1.39/images/load", "/images/load/x"}) {
    http::Request head;
    head.method = "POST";
    head.target = *http::parse_target(target);
    CHECK(it.api.stream(head, answer->responder()) == nullptr);
    answer->status = 0;
  }
}

}  // namespace
}  // namespace es::api
