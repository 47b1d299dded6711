#include "tests/unit/api/api_fixture.h"

#include "doctest/doctest.h"

namespace es::api {

json::Json Answer::json() const {
  const auto parsed = json::parse(body);
  REQUIRE_MESSAGE(parsed.ok(), body);
  return *parsed;
}

std::string Answer::message() const { return json().value("message", std::string()); }

void Answer::hang_up() {
  const auto answer = answer_.lock();
  if (!answer) return;
  answer->exchange = nullptr;
  const auto drained = std::exchange(answer->drained_callback, nullptr);
  if (const auto callback = std::exchange(answer->gone_callback, nullptr)) callback();
}

http::Responder Answer::responder() {
  const auto answer = std::make_shared<http::Answer>(this);
  answer_ = answer;
  return http::Responder(answer);
}

void Answer::send(http::Response response) {
  CHECK(status == 0);
  status = response.status;
  headers = std::move(response.headers);
  body = std::move(response.body);
  finished = true;
}

void Answer::start(int with, http::Headers given) {
  CHECK(status == 0);
  status = with;
  headers = std::move(given);
}

std::shared_ptr<Answer> ApiFixture::begin(const std::string& method, const std::string& target,
                                          const std::string& body) {
  auto answer = std::make_shared<Answer>();
  http::Request request;
  request.method = method;
  request.target = *http::parse_target(target);
  request.body = body;
  api.handle(std::move(request), answer->responder());
  return answer;
}

std::shared_ptr<Answer> ApiFixture::ask(const std::string& method, const std::string& target, const std::string& body) {
  auto answer = begin(method, target, body);
  for (int turns = 0; turns < 5 && answer->status == 0; ++turns) cluster.deliver();
  return answer;
}

std::string ApiFixture::create(const std::string& name, const std::string& more_of_spec) {
  const auto answer = ask("POST", "/v1.44/services/create",
                          R"({"Name":")" + name + R"(","TaskTemplate":{"ContainerSpec":{"Image":"busybox"}})" +
                              (more_of_spec.empty() ? "" : "," + more_of_spec) + "}");
  REQUIRE_MESSAGE(answer->status == 201, answer->body);
  for (int turns = 0; turns < 4; ++turns) cluster.tick();
  return answer->json()["ID"].get<std::string>();
}

}  // namespace es::api
