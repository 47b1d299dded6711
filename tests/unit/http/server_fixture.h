#pragma once
// A server on a loop of its own, in a folder of its own, with raw clients in the same thread.

#include <uv.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "services/http/server.h"

namespace es::http {

// Answers by path; what it was given is kept for the test.
class TestHandler : public Handler {
 public:
  std::unique_ptr<BodySink> stream(const Request& head, const Responder& responder) override;
  void handle(Request request, Responder responder) override;

  std::vector<Request> requests;
  std::vector<Responder> held;  // those of /hold
  std::string streamed;         // what came to /stream
  bool stream_ended = false;
  bool stream_lost = false;
  bool pauses = false;
  int gone_count = 0;
};

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {});
  ~TestServer();

  // Turns the loop until the condition holds. False after 10 seconds.
  bool wait(const std::function<bool()>& condition);

  TestHandler handler;
  std::string folder;
  std::string path;
  std::unique_ptr<Server> server;

  uv_loop_t* loop() { return &loop_; }

 private:
  uv_loop_t loop_{};
};

// A client that says exactly these bytes.
class RawClient {
 public:
  explicit RawClient(TestServer& server);
  ~RawClient();

  void send(std::string_view bytes);  // as the server takes them, while the loop turns
  void end();                         // no more bytes: shutdown
  // All that came until `text` is in it; empty after 10 seconds.
  std::string read_until(std::string_view text);
  std::string read_to_end();
  bool read_some();  // false at the end of the connection
  const std::string& received() const { return received_; }
  int descriptor() const { return descriptor_; }

 private:
  TestServer& server_;
  int descriptor_;
  bool ended_ = false;
  std::string received_;
};

}  // namespace es::http
