#pragma once
// Server: HTTP/1.1 on a unix socket, on one libuv loop and its thread. The process ignores SIGPIPE: a client may go at any time.

#include <list>
#include <memory>
#include <optional>
#include <string>

#include <uv.h>

#include "core/base/result.h"
#include "services/http/connection.h"
#include "services/http/handler.h"

namespace es::http {

struct ServerOptions {
  std::string path;
  std::optional<unsigned> group;  // owns the socket file, which has mode 0660
  size_t max_connections = 128;
  Timeouts timeouts;
  Headers common_headers;  // in every answer
};

class Server final : private Connection::Owner {
 public:
  // Listens at once. `loop` and `handler` outlive the server. Errors: those of listen_unix().
  static Result<std::unique_ptr<Server>> open(uv_loop_t* loop, ServerOptions options, Handler& handler);

  // Stops listening, removes the socket file and drops all clients. The loop must run until is_closed().
  void close();
  bool is_closed() const { return listener_closed_ && connections_.empty(); }
  // Pre: is_closed().
  ~Server() override;

  size_t connection_count() const { return connections_.size(); }

 private:
  Server(ServerOptions options, Handler& handler) : options_(std::move(options)), handler_(handler) {}

  void on_client();

  Handler& handler() override { return handler_; }
  const Headers& common_headers() const override { return options_.common_headers; }
  const Timeouts& timeouts() const override { return options_.timeouts; }
  void on_closed(Connection& connection) override;

  ServerOptions options_;
  Handler& handler_;
  uv_pipe_t listener_{};
  bool is_closing_ = false;
  bool listener_closed_ = false;
  std::list<std::unique_ptr<Connection>> connections_;
};

}  // namespace es::http
