#include "services/http/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "services/http/listen_socket.h"
#include "services/http/response_parser.h"

namespace es::http {

namespace {

constexpr size_t kBufferBytes = 64 << 10;

std::string make_head(const ClientRequest& request) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: docker\r\nUser-Agent: edgeswarm\r\n";
  for (const Header& header : request.headers) head += header.name + ": " + header.value + "\r\n";
  if (request.upload_fd >= 0) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return head + "\r\n";
}

// One request on one connection: writes and reads as the socket allows, because an answer may come before the upload's end.
class Transfer {
 public:
  Transfer(int descriptor, const ClientRequest& request)
      : descriptor_(descriptor), request_(request), parser_(request.method == "HEAD", request.on_body) {
    outgoing_ = make_head(request) + request.body;
    upload_ended_ = request.upload_fd < 0;
  }

  Result<Response> run();
  bool may_keep_connection() const {
    return parser_.keep_alive() && !parser_.was_stopped() && outgoing_.empty() && upload_ended_;
  }
  // Nothing came back, and nothing was read that cannot be read again.
  bool is_untouched() const { return !has_answer_bytes_ && uploaded_bytes_ == 0; }

 private:
  Status refill();
  Status write_some();
  Status read_some();

  int descriptor_;
  const ClientRequest& request_;
  ResponseParser parser_;
  std::string outgoing_;
  bool upload_ended_ = true;
  bool can_write_ = true;  // false after EPIPE: the answer says why
  bool has_answer_bytes_ = false;
  uint64_t uploaded_bytes_ = 0;
};

Result<Response> Transfer::run() {
  while (!parser_.is_complete() && !parser_.was_stopped()) {
    if (can_write_ && outgoing_.empty() && !upload_ended_) ES_CHECK(refill());
    const bool wants_write = can_write_ && !outgoing_.empty();
    pollfd poll_fd{descriptor_, static_cast<short>(POLLIN | (wants_write ? POLLOUT : 0)), 0};
    const int ready = ::poll(&poll_fd, 1, request_.timeout_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return Error{Errc::kIo, std::string("poll: ") + std::strerror(errno)};
    if (ready == 0) return Error{Errc::kTimeout, "the daemon did not answer in time"};
    if ((poll_fd.revents & POLLOUT) != 0) ES_CHECK(write_some());
    if ((poll_fd.revents & (POLLIN | POLLHUP | POLLERR)) != 0) ES_CHECK(read_some());
  }
  return parser_.take();
}

Status Transfer::refill() {
  std::array<char, kBufferBytes> buffer;
  const ssize_t length = ::read(request_.upload_fd, buffer.data(), buffer.size());
  if (length < 0 && errno == EINTR) return {};
  if (length < 0) return Error{Errc::kIo, std::string("cannot read what is to be sent: ") + std::strerror(errno)};
  if (length == 0) {
    outgoing_ = "0\r\n\r\n";
    upload_ended_ = true;
    return {};
  }
  std::array<char, 24> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", static_cast<size_t>(length));
  outgoing_ = size.data();
  outgoing_.append(buffer.data(), static_cast<size_t>(length)).append("\r\n");
  uploaded_bytes_ += static_cast<uint64_t>(length);
  if (request_.on_upload_progress) request_.on_upload_progress(uploaded_bytes_);
  return {};
}

Status Transfer::write_some() {
  const ssize_t length = ::send(descriptor_, outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (length >= 0) {
    outgoing_.erase(0, static_cast<size_t>(length));
  } else if (errno == EPIPE || errno == ECONNRESET) {
    can_write_ = false;
  } else if (errno != EINTR && errno != EAGAIN) {
    return unavailable(std::string("the connection to the daemon broke: ") + std::strerror(errno));
  }
  return {};
}

Status Transfer::read_some() {
  std::array<char, kBufferBytes> buffer;
  const ssize_t length = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (length > 0) {
    has_answer_bytes_ = true;
    return parser_.feed({buffer.data(), static_cast<size_t>(length)});
  }
  if (length < 0 && (errno == EINTR || errno == EAGAIN)) return {};
  return parser_.feed_end();
}

}  // namespace

Client::~Client() { disconnect(); }

void Client::disconnect() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

Result<Response> Client::request(const ClientRequest& request) {
  const bool was_connected = descriptor_ >= 0;
  if (!was_connected) {
    ES_TRY(descriptor_, connect_unix(path_));
  }
  Transfer transfer(descriptor_, request);
  auto response = transfer.run();
  if (!response.ok() || !transfer.may_keep_connection()) disconnect();
  // A kept connection that the daemon has closed meanwhile says nothing about the daemon: once more, on a new one. Not for a
  // request that changes something: nobody knows whether it was served (RFC 9110 §9.2.2).
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (!response.ok() && was_connected && is_read && response.error().code == Errc::kUnavailable && transfer.is_untouched()) {
    return this->request(request);
  }
  return response;
}

}  // namespace es::http
