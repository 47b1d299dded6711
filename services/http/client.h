#pragma once
// Client: a blocking HTTP/1.1 client over a unix socket, for the command line. One request at a time; the connection is kept for the
// next one.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "services/http/message.h"

namespace es::http {

constexpr size_t kMaxCollectedBytes = 64 << 20;  // of an answer that no callback takes

struct ClientRequest {
  std::string method = "GET";
  std::string target;  // "/v1.44/nodes?filters=…", encoded
  Headers headers;
  std::string body;

  // Instead of `body`: what is read from this descriptor until its end, sent in chunks.
  int upload_fd = -1;
  std::function<void(uint64_t sent_bytes)> on_upload_progress;

  // Takes the body of a 2xx answer as it comes; false ends the request (and the connection). Without it the body is collected.
  std::function<bool(std::string_view piece)> on_body;

  int timeout_ms = -1;  // without a byte in either direction; negative: wait for ever
};

class Client {
 public:
  explicit Client(std::string socket_path) : path_(std::move(socket_path)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // Any status is an answer. Response::body is empty where on_body took it. Errors: kUnavailable (nobody answers at the socket, or the
  // connection broke), kTimeout, kCorrupt (not HTTP), kLimit (an answer beyond kMaxCollectedBytes), kIo (reading upload_fd).
  Result<Response> request(const ClientRequest& request);

 private:
  void disconnect();

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace es::http
