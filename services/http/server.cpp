#include "services/http/server.h"

#include <unistd.h>

#include <utility>

#include "services/http/listen_socket.h"

namespace es::http {

namespace {
constexpr int kBacklog = 128;
// Beyond max_connections a few are accepted to be told so.
constexpr size_t kMaxRefused = 16;
}  // namespace

Result<std::unique_ptr<Server>> Server::open(uv_loop_t* loop, ServerOptions options, Handler& handler) {
  ES_TRY(const int descriptor, listen_unix(options.path, options.group));
  std::unique_ptr<Server> server(new Server(std::move(options), handler));
  server->listener_.data = server.get();
  ES_ASSERT(uv_pipe_init(loop, &server->listener_, 0) == 0);
  const auto on_connection = [](uv_stream_t* listener, int status) noexcept {
    if (status == 0) static_cast<Server*>(listener->data)->on_client();
  };
  ES_ASSERT(uv_pipe_open(&server->listener_, descriptor) == 0);
  ES_ASSERT(uv_listen(reinterpret_cast<uv_stream_t*>(&server->listener_), kBacklog, on_connection) == 0);
  return server;
}

Server::~Server() { ES_ASSERT(is_closed()); }

void Server::close() {
  if (std::exchange(is_closing_, true)) return;
  ::unlink(options_.path.c_str());
  uv_close(reinterpret_cast<uv_handle_t*>(&listener_),
           [](uv_handle_t* handle) noexcept { static_cast<Server*>(handle->data)->listener_closed_ = true; });
  for (const auto& connection : connections_) connection->close();
}

void Server::on_client() {
  std::unique_ptr<Connection> connection(new Connection(listener_.loop, *this));
  Connection& client = *connection;
  connections_.push_back(std::move(connection));
  const size_t others = connections_.size() - 1;
  const bool accepted = uv_accept(reinterpret_cast<uv_stream_t*>(&listener_), client.stream()) == 0;
  if (!accepted || others >= options_.max_connections + kMaxRefused) client.close();
  else if (others >= options_.max_connections) client.refuse(503, "the daemon has too many clients; try again later");
  else client.open();
}

void Server::on_closed(Connection& connection) {
  connections_.remove_if([&](const auto& one) { return one.get() == &connection; });
}

}  // namespace es::http
