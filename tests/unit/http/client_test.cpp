// The blocking client against the server, which runs in a thread of its own here.

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "doctest/doctest.h"
#include "services/http/client.h"
#include "services/http/listen_socket.h"
#include "tests/unit/http/server_fixture.h"

namespace es::http {
namespace {

class ServerThread {
 public:
  explicit ServerThread(ServerOptions options = {}) : server_(std::move(options)), thread_([this] {
    while (!stop_) uv_run_for_a_moment();
  }) {}
  ~ServerThread() {
    stop_ = true;
    thread_.join();
  }
  const std::string& path() const { return server_.path; }
  const std::string& streamed() const { return server_.handler.streamed; }

 private:
  void uv_run_for_a_moment() {
    int turns = 0;
    server_.wait([&] { return ++turns > 5; });
  }

  TestServer server_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

TEST_CASE("requests over one connection") {
  ServerThread server;
  Client client(server.path());
  for (int i = 0; i < 3; ++i) {
    ClientRequest request;
    request.method = "POST";
    request.target = "/echo";
    request.body = "body " + std::to_string(i);
    const auto response = client.request(request);
    REQUIRE(response.ok());
    CHECK(response->status == 200);
    CHECK(response->body == request.body);
    CHECK(find_header(response->headers, "content-type") == "text/plain");
  }
  ClientRequest missing;
  missing.target = "/nowhere";
  CHECK(client.request(missing)->status == 404);
  missing.method = "HEAD";
  CHECK(client.request(missing)->body.empty());
}

TEST_CASE("an idle connection that the daemon closed is made anew") {
  ServerOptions options;
  options.timeouts = {20, 20};
  ServerThread server(std::move(options));
  Client client(server.path());
  ClientRequest request;
  request.target = "/one";
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.request(request).ok());
    ::usleep(40'000);  // the server's clock is the real one here
  }
}

TEST_CASE("an upload from a descriptor") {
  ServerThread server;
  std::string file = "/tmp/es-upload-XXXXXX";
  const int descriptor = ::mkstemp(file.data());
  ::unlink(file.c_str());
  const std::string data(3'000'000, 'u');
  REQUIRE(::write(descriptor, data.data(), data.size()) == static_cast<ssize_t>(data.size()));
  SUBCASE("goes whole, with progress") {
    ::lseek(descriptor, 0, SEEK_SET);
    uint64_t progress = 0;
    ClientRequest request;
    request.method = "POST";
    request.target = "/stream";
    request.upload_fd = descriptor;
    request.on_upload_progress = [&](uint64_t sent) { progress = sent; };
    Client client(server.path());
    const auto response = client.request(request);
    REQUIRE(response.ok());
    CHECK(response->body == "streamed 3000000");
    CHECK(progress == data.size());
  }
  SUBCASE("that is not wanted is answered all the same") {
    ::lseek(descriptor, 0, SEEK_SET);
    ClientRequest request;
    request.method = "POST";
    request.target = "/early";
    request.upload_fd = descriptor;
    Client client(server.path());
    const auto response = client.request(request);
    REQUIRE(response.ok());
    CHECK(response->status == 403);
  }
  ::close(descriptor);
}

TEST_CASE("pieces come through the callback, which may stop") {
  ServerThread server;
  Client client(server.path());
  ClientRequest request;
  request.method = "POST";
  request.target = "/echo";
  request.body = std::string(200'000, 'z');
  size_t got = 0;
  request.on_body = [&](std::string_view piece) { got += piece.size(); return true; };
  CHECK(client.request(request)->body.empty());
  CHECK(got == 200'000);
  request.on_body = [&](std::string_view) { return false; };
  CHECK(client.request(request).ok());
  request.on_body = nullptr;
  CHECK(client.request(request)->body.size() == 200'000);
}

TEST_CASE("no daemon, a silent one, and one that speaks something else") {
  CHECK(Client("/tmp/es-no-such.sock").request({}).error().code == Errc::kUnavailable);
  struct Case {
    std::string name;
    std::string answer;
    Errc code;
  };
  const Case cases[] = {
      {"silent", "", Errc::kTimeout},
      {"garbage", "SSH-2.0-OpenSSH_9.2\r\n", Errc::kCorrupt},
      {"huge head", "HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'x'), Errc::kLimit},
      {"cut", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", Errc::kUnavailable},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const std::string path = "/tmp/es-fake-" + std::to_string(::getpid()) + ".sock";
    const int listener = *listen_unix(path, std::nullopt);
    ::fcntl(listener, F_SETFL, 0);
    std::thread daemon([&] {
      const int peer = ::accept(listener, nullptr, nullptr);
      char buffer[1000];
      if (::read(peer, buffer, sizeof buffer) < 0 || ::write(peer, one.answer.data(), one.answer.size()) < 0) return;
      if (one.answer.empty() && ::read(peer, buffer, sizeof buffer) != 0) return;  // until the client gives up
      ::close(peer);
    });
    {
      Client client(path);
      ClientRequest request;
      request.target = "/";
      request.timeout_ms = 200;
      CHECK(client.request(request).error().code == one.code);
    }
    daemon.join();
    ::close(listener);
    ::unlink(path.c_str());
  }
}

}  // namespace
}  // namespace es::http
