#pragma once
// The API without sockets: a request in, an answer out.

#include <memory>
#include <string>
#include <string_view>

#include "services/api/call.h"
#include "services/api/docker_api.h"
#include "services/json/json.h"
#include "tests/unit/api/fake_cluster.h"

namespace es::api {

// What a client would get; it can hang up.
class Answer : public http::Exchange {
 public:
  ~Answer() override { hang_up(); }

  int status = 0;  // 0: nothing yet
  http::Headers headers;
  std::string body;
  bool finished = false;
  bool paused = false;
  size_t queued = 0;

  json::Json json() const;
  std::string message() const;  // of an error
  void hang_up();

  http::Responder responder();

  void send(http::Response response) override;
  void start(int with, http::Headers given) override;
  void write(std::string_view piece) override { body += piece; }
  void finish() override { finished = true; }
  void abandon() override { status = -1; }
  size_t queued_bytes() const override { return queued; }
  void pause_body(bool on) override { paused = on; }

 private:
  std::weak_ptr<http::Answer> answer_;
};

class ApiFixture {
 public:
  FakeCluster cluster;
  DockerApi api{cluster};

  // Asks; the answer may still be due.
  std::shared_ptr<Answer> begin(const std::string& method, const std::string& target, const std::string& body = {});
  // Asks and lets everything happen that is due.
  std::shared_ptr<Answer> ask(const std::string& method, const std::string& target, const std::string& body = {});

  // A service that runs; returns its id.
  std::string create(const std::string& name, const std::string& more_of_spec = "");
};

}  // namespace es::api
