#include "tests/unit/http/server_fixture.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "services/http/listen_socket.h"

namespace es::http {

namespace {

struct Sink : BodySink {
  TestHandler& handler;
  Responder responder;
  bool ended = false;

  Sink(TestHandler& to, Responder answer) : handler(to), responder(std::move(answer)) {}
  ~Sink() override { handler.stream_lost = !ended; }
  void on_piece(std::string_view piece) override {
    handler.streamed += piece;
    if (handler.pauses) responder.pause_body(true);
  }
  void on_end() override {
    ended = handler.stream_ended = true;
    responder.send({200, {}, "streamed " + std::to_string(handler.streamed.size())});
  }
};

}  // namespace

std::unique_ptr<BodySink> TestHandler::stream(const Request& head, const Responder& responder) {
  if (head.target.path == "/stream") {
    if (pauses) held.push_back(responder);
    return std::make_unique<Sink>(*this, responder);
  }
  if (head.target.path == "/early") responder.send(error_response(403, "not wanted"));
  return nullptr;
}

void TestHandler::handle(Request request, Responder responder) {
  const std::string path = request.target.path;
  if (path == "/echo") responder.send({200, {{"Content-Type", "text/plain"}}, request.body});
  else if (path == "/nothing") responder.send({204, {}, "x"});
  else if (path == "/inject") responder.send({200, {{"X-Evil", "a\r\nX-Injected: b"}}, ""});
  else if (path == "/hold" || path == "/follow") held.push_back(responder);
  else if (path != "/drop") responder.send(error_response(404, "page \"not\" found"));
  if (path == "/follow") {
    responder.start(200, {});
    responder.on_gone([this] { ++gone_count; });
  }
  requests.push_back(std::move(request));
}

TestServer::TestServer(ServerOptions options) {
  std::signal(SIGPIPE, SIG_IGN);
  std::string pattern = "/tmp/es-http-XXXXXX";
  ES_ASSERT(::mkdtemp(pattern.data()) != nullptr);
  folder = pattern;
  path = folder + "/s.sock";
  options.path = path;
  ES_ASSERT(uv_loop_init(&loop_) == 0);
  server = std::move(Server::open(&loop_, std::move(options), handler)).value();
}

TestServer::~TestServer() {
  server->close();
  handler.held.clear();
  ES_ASSERT(wait([&] { return server->is_closed(); }));
  server.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);
  ES_ASSERT(uv_loop_close(&loop_) == 0);
  ::rmdir(folder.c_str());
}

bool TestServer::wait(const std::function<bool()>& condition) {
  uv_update_time(&loop_);
  const uint64_t deadline_ms = uv_now(&loop_) + 10'000;
  uv_timer_t tick{};  // so that the loop never sleeps past a condition that no event of its own makes true
  uv_timer_init(&loop_, &tick);
  uv_timer_start(&tick, [](uv_timer_t*) {}, 1, 1);
  bool holds = condition();
  while (!holds && uv_now(&loop_) < deadline_ms) {
    uv_run(&loop_, UV_RUN_ONCE);
    holds = condition();
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&tick), nullptr);
  uv_run(&loop_, UV_RUN_NOWAIT);
  return holds;
}

RawClient::RawClient(TestServer& server) : server_(server), descriptor_(*connect_unix(server.path)) {}

RawClient::~RawClient() { ::close(descriptor_); }

void RawClient::send(std::string_view bytes) {
  server_.wait([&] {
    const ssize_t length = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (length > 0) bytes.remove_prefix(static_cast<size_t>(length));
    return bytes.empty() || (length < 0 && errno != EAGAIN);
  });
}

void RawClient::end() { ::shutdown(descriptor_, SHUT_WR); }

bool RawClient::read_some() {
  char buffer[65536];
  const ssize_t length = ::recv(descriptor_, buffer, sizeof buffer, MSG_DONTWAIT);
  if (length > 0) received_.append(buffer, static_cast<size_t>(length));
  else if (length == 0 || errno != EAGAIN) ended_ = true;
  return !ended_;
}

std::string RawClient::read_until(std::string_view text) {
  const bool found = server_.wait([&] {
    read_some();
    return received_.find(text) != std::string::npos || ended_;
  });
  return found ? received_ : std::string();
}

std::string RawClient::read_to_end() {
  server_.wait([&] { return !read_some(); });
  return ended_ ? received_ : std::string();
}

}  // namespace es::http
